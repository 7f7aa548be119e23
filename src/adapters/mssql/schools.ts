import type { School, SchoolStore } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./errors.ts";
import { SCHOOL_STATEMENTS } from "./statements/schools.ts";

function found(row: School | undefined): School {
  if (!row) throw new Error("Cannot find the school's row, which its migration makes");
  return row;
}

export function createSchoolStore(db: Database): SchoolStore {
  return {
    school: verb(async () => found(await db.get(SCHOOL_STATEMENTS.read, {}))),
    updateSchool: verb(async ({ name, timeZone, locale, signup }) =>
      found(
        await db.get(SCHOOL_STATEMENTS.update, {
          name: name ?? null,
          timeZone: timeZone ?? null,
          locale: locale ?? null,
          signup: signup ?? null,
          signupGiven: signup !== undefined,
        }),
      )
    ),
  };
}
