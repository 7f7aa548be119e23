import type { School, SchoolStore } from "../../accounts/store.ts";
import type { Database } from "./database.ts";
import { verb } from "./verb.ts";

const READ = "SELECT name, time_zone AS timeZone, locale, signup FROM schools WHERE id = 1";

const WRITE = "UPDATE schools SET name = ?, time_zone = ?, locale = ?, signup = ? WHERE id = 1";

export function createSchoolStore(db: Database): SchoolStore {
  const read = (): School => {
    const row = db.get<School>(READ);
    if (!row) throw new Error("Cannot find the school's row, which its migration makes");
    return { ...row };
  };
  return {
    school: verb(read),
    updateSchool: verb((patch) =>
      db.transaction(() => {
        const after = { ...read(), ...patch };
        db.run(WRITE, after.name, after.timeZone, after.locale, after.signup);
        return after;
      })
    ),
  };
}
