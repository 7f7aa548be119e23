/** Who may call a route: decided before anything of the body is read. */
import { createMiddleware } from "hono/factory";
import { type Access, denied, roleAllows } from "../../kernel/access.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { AppEnv, Pass } from "./context.ts";

/** Lets on whom the rule does not refuse by role alone. */
export const roleAccess = (access: Access) =>
  createMiddleware<AppEnv>(function roleAccess(c, next) {
    if (!roleAllows(access, c.get("actor"))) throw denied(access);
    return next();
  });

/** Lets on who is let into the class of the path, with the pass that shows it. */
export const classAccess = (admit: (actor: Actor, classId: number) => Promise<Pass>) =>
  createMiddleware<AppEnv, string, { out: { param: { id: number } } }>(
    async function classAccess(c, next) {
      c.set("pass", await admit(c.get("actor"), c.req.valid("param").id));
      await next();
    },
  );
