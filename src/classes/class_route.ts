import { z } from "zod";
import {
  type ClassRouteSpec,
  type ClassShape,
  defineClassRoute,
  type Route,
  type Shape,
} from "../http/kit/route.ts";
import type { ClassAccess } from "../kernel/access.ts";
import { idParam } from "../kernel/ids.ts";
import type { Admission, ClassPass } from "./admission.ts";

/** The parameters of every route below a class. */
export const ofClass = z.object({ id: idParam.meta({ description: "Id of the class" }) });

/** The `defineRoute` of routes below a class: their handlers get the pass of who was let in. */
export const classRouteOf = ({ admit }: Pick<Admission, "admit">) =>
  function classRoute<
    A extends ClassAccess,
    P extends ClassShape,
    Q extends Shape = Record<never, never>,
    B extends z.ZodType = z.ZodUndefined,
    R extends z.ZodType = z.ZodUndefined,
  >(route: ClassRouteSpec<ClassPass<A>, A, P, Q, B, R>): Route {
    return defineClassRoute(route, admit);
  };
