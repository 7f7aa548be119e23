/** The API's routes in one list: it is served, documented, and walked by the denial tests. */
import { peopleRoutes } from "./accounts/people_routes.ts";
import type { Auth } from "./accounts/sign_in.ts";
import { authRoutes } from "./accounts/sign_in_routes.ts";
import { classRoutes } from "./classes/routes.ts";
import type { Route } from "./http/kit/route.ts";
import { importRoutes } from "./imports/routes.ts";
import { recordRoutes } from "./records/routes.ts";
import type { Services } from "./services.ts";
import { sessionRoutes } from "./sessions/routes.ts";

/** In the order in which they are mounted: fixed paths before the patterns that cover them. */
export const apiRoutes = (
  { auth, people, admission, classes, sessions, records, imports }: Services & { auth: Auth },
): readonly Route[] => [
  ...authRoutes(auth),
  ...peopleRoutes(people),
  ...classRoutes(classes, admission),
  ...importRoutes(imports, admission),
  ...recordRoutes(records, admission),
  ...sessionRoutes(sessions, admission),
];
