/** The services on given stores: the wiring that the service, its tools and its tests share. */
import { createPeople, type People } from "./accounts/people.ts";
import type { Passwords } from "./accounts/password.ts";
import { type Admission, createAdmission } from "./classes/admission.ts";
import { type Classes, createClasses } from "./classes/service.ts";
import type { ClassStore } from "./classes/store.ts";
import { createClassViews } from "./classes/views.ts";
import { createImports, type Imports } from "./imports/service.ts";
import { createRecords, type Records } from "./records/service.ts";
import { createSessionNews } from "./sessions/news.ts";
import { createSessions, type Sessions } from "./sessions/service.ts";
import type { LiveStore } from "./sessions/live_store.ts";
import type { Storage } from "./adapters/storage.ts";

export interface Services {
  readonly people: People;
  readonly admission: Admission;
  /** Lets in who marks, on what may be a second old. */
  readonly markers: Admission;
  readonly classes: Classes;
  readonly sessions: Sessions;
  readonly records: Records;
  readonly imports: Imports;
}

/** @param now milliseconds since 1970 */
export function createServices(
  { storage, live, passwords, now, remembered = storage.classes, uuid = () => crypto.randomUUID() }:
    {
      storage: Storage;
      live: LiveStore;
      passwords: Passwords;
      now: () => number;
      remembered?: Pick<ClassStore, "byId" | "isEnrolled">;
      uuid?: () => string;
    },
): Services {
  const { users, schools, classes, history } = storage;
  const news = createSessionNews({ live, classes, now });
  const views = createClassViews({ classes, users });
  const classService = createClasses({ classes, schools, views, news: news.classes, now });
  return {
    people: createPeople({ users, news: news.accounts, passwords, now }),
    admission: createAdmission(classes),
    markers: createAdmission(remembered),
    classes: classService,
    sessions: createSessions({ live, archive: history, classes, now, uuid }),
    records: createRecords({ history, users, classes, views, live, now }),
    imports: createImports({ users, classes: classService }),
  };
}
