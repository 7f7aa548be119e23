/** The API's routes in one list: it is served, documented, and walked by the denial tests. */
import { historyRoutes } from "./records/routes.ts";
import { liveRoutes } from "./sessions/routes.ts";
import type { Attendance } from "./sessions/service.ts";
import { authRoutes } from "./accounts/sign_in_routes.ts";
import type { Auth } from "./accounts/sign_in.ts";
import { classRoutes } from "./classes/routes.ts";
import type { Classes } from "./classes/service.ts";
import type { Route } from "./http/kit/route.ts";
import { userRoutes } from "./accounts/people_routes.ts";
import type { Users } from "./accounts/people.ts";

export interface ApiServices {
  readonly auth: Auth;
  readonly users: Users;
  readonly classes: Classes;
  readonly attendance: Attendance;
}

/** In the order in which they are mounted: fixed paths before the patterns that cover them. */
export const apiRoutes = (
  { auth, users, classes, attendance }: ApiServices,
): readonly Route[] => [
  ...authRoutes(auth),
  ...userRoutes(users),
  ...classRoutes(classes),
  ...liveRoutes(attendance, classes),
  ...historyRoutes(attendance, classes),
];
