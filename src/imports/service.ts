/** Class lists that come as files or lists of emails and usernames. */
import type { UserStore } from "../accounts/store.ts";
import type { StaffPass } from "../classes/admission.ts";
import type { Classes } from "../classes/service.ts";
import { handleKey } from "../kernel/names.ts";
import type { ImportResult } from "./schema.ts";

export interface Imports {
  /** Enrols by email or username; who is not found is named, the others are enrolled all the same. */
  students(pass: StaffPass, handles: readonly string[]): Promise<ImportResult>;
}

export function createImports(
  { users, classes }: {
    users: Pick<UserStore, "studentsByHandle">;
    classes: Pick<Classes, "enrol">;
  },
): Imports {
  return {
    async students(pass, handles) {
      const given = new Map(handles.map((handle) => [handleKey(handle), handle]));
      const found = await users.studentsByHandle([...given.keys()]);
      const ids = new Set([...found.values()].map(({ id }) => id));
      const { added, already } = await classes.enrol(pass, [...ids]);
      return {
        added: added.length,
        already: already.length,
        unknown: [...given].flatMap(([key, handle]) => found.has(key) ? [] : [handle]),
      };
    },
  };
}
