/** The API's routes in one list: it is served, documented, and walked by the denial tests. */
import { attendanceRoutes } from "./attendance/routes.ts";
import type { Attendance } from "./attendance/service.ts";
import { authRoutes } from "./auth/routes.ts";
import type { Auth } from "./auth/service.ts";
import { classRoutes } from "./classes/routes.ts";
import type { Classes } from "./classes/service.ts";
import type { Route } from "./http/route.ts";
import { userRoutes } from "./users/routes.ts";
import type { Users } from "./users/service.ts";

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
  ...attendanceRoutes(attendance),
];
