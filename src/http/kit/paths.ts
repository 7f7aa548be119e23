/** Which path belongs to which route, and with what methods. */
import type { Route } from "./route.ts";

const segmentsOf = (path: string): string[] => path.replace(/\/$/, "").split("/");
const isVariable = (segment: string): boolean => segment.startsWith(":");
const variablesOf = ({ path }: Route): number => segmentsOf(path).filter(isVariable).length;

/** Whether a path, which may be a pattern itself, is one of the pattern's. */
function covers(pattern: string, path: string): boolean {
  const segments = segmentsOf(path);
  const parts = segmentsOf(pattern);
  return parts.length === segments.length &&
    parts.every((part, i) => isVariable(part) ? segments[i] !== "" : part === segments[i]);
}

/** The more exact paths that a route's path covers and that lack its method. */
export const shadowedBy = (route: Route, routes: readonly Route[]): string[] =>
  routes.filter((other) =>
    covers(route.path, other.path) && variablesOf(other) < variablesOf(route) &&
    !routes.some(({ path, method }) => path === other.path && method === route.method)
  ).map(({ path }) => path);

/** The methods that routes offer at a path, for `Allow`; empty where there is nothing. */
export function allowedMethods(routes: readonly Route[], path: string): string[] {
  const fitting = routes.filter((route) => covers(route.path, path));
  const fewest = Math.min(...fitting.map(variablesOf));
  const methods = fitting.filter((route) => variablesOf(route) === fewest).flatMap(({ method }) =>
    method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]
  );
  return methods.length > 0 ? [...new Set(methods), "OPTIONS"] : [];
}
