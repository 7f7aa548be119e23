import type { ClassAccess } from "../kernel/access.ts";
import { classRouteWith } from "../http/kit/route.ts";
import type { Admission, ClassWithFacts } from "./admission.ts";

/** The `defineRoute` of routes below a class. */
export const classRouteOf = ({ admit }: Pick<Admission, "admit">) =>
  classRouteWith<Record<ClassAccess, ClassWithFacts>>(admit);
