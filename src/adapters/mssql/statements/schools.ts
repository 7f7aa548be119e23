import type { School } from "../../../accounts/store.ts";
import { CHARACTERS, unitsOf } from "../../../kernel/text.ts";
import { ascii, BIT, reading, returning, text } from "../statement.ts";

const COLUMNS = (of: string) =>
  `${of}.name, ${of}.time_zone AS [timeZone], ${of}.locale, ${of}.signup`;

export const SCHOOL_STATEMENTS = {
  read: reading<[School]>()({}, `SELECT ${COLUMNS("schools")} FROM dbo.schools AS schools;`),
  update: returning<[School]>()(
    {
      name: text(unitsOf(CHARACTERS.schoolName)),
      timeZone: ascii(64),
      locale: ascii(35),
      signup: ascii(8),
      signupGiven: BIT,
    },
    `UPDATE dbo.schools SET name = COALESCE(@name, name),
  time_zone = COALESCE(@timeZone, time_zone), locale = COALESCE(@locale, locale),
  signup = CASE WHEN @signupGiven = 1 THEN @signup ELSE signup END
OUTPUT ${COLUMNS("INSERTED")};`,
    { repeatable: true },
  ),
};
