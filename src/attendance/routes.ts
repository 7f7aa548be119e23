/** Attendance over HTTP. Must be mounted after the routes of classes, whose paths are more exact. */
import type { Route } from "../http/route.ts";
import { historyRoutes } from "./history_routes.ts";
import { liveRoutes } from "./live_routes.ts";
import type { Attendance } from "./service.ts";

export const attendanceRoutes = (attendance: Attendance): Route[] => [
  ...liveRoutes(attendance),
  ...historyRoutes(attendance),
];
