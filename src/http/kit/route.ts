/**
 * A route as data: what it takes, who may call it, what it answers. `mount.ts` serves these,
 * `openapi.ts` documents them, and the denial tests walk them, so none can drift from the others.
 */
import { z } from "zod";
import { type Access, type ClassAccess, isClassAccess } from "../../kernel/access.ts";
import type { Actor } from "../../kernel/actor.ts";
import type { ErrorCode } from "../../kernel/errors.ts";
import type { Pass } from "./context.ts";

export type Method = "get" | "post" | "patch" | "delete";

/** Bytes of an import's body. */
export const IMPORT_BODY_LIMIT = 10 * 1024 * 1024;

export interface RouteInput<Who, P, Q, B> {
  /** Who asks; null only where anyone may. */
  readonly actor: Who;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  /** The caller's network address. */
  readonly address: string;
}

export type Shape = z.ZodRawShape;
/** Parameters of a path below a class. */
export type ClassShape = Shape & { id: z.ZodType<number> };

interface RouteData<
  A extends Access,
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType,
  R extends z.ZodType,
> {
  readonly method: Method;
  /** Hono path, canonical with a trailing slash. */
  readonly path: string;
  /** Unique, lowerCamelCase. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: "Accounts" | "Users" | "Classes" | "Attendance" | "History";
  readonly access: A;
  readonly params?: z.ZodObject<P>;
  readonly query?: z.ZodObject<Q>;
  readonly body?: B;
  readonly bodyExample?: z.input<B>;
  /** The body may also come as text/csv; this makes of it what `body` then checks. */
  readonly csv?: (text: string) => unknown;
  /** A text/csv body for the documentation. */
  readonly csvExample?: string;
  /** Bytes; `BODY_LIMIT` where absent. */
  readonly bodyLimit?: number;
  readonly success:
    | { readonly status: 204; readonly description: string }
    | {
      readonly status: 200 | 201;
      readonly description: string;
      readonly schema: R;
      readonly example: z.input<R>;
    };
  /** Codes beyond those that every route of its kind can give (see `commonErrors`). */
  readonly errors?: readonly ErrorCode[];
  /** GET only: answers carry an ETag, `If-None-Match` gives 304. */
  readonly etag?: true;
}

type InputOf<Who, P extends Shape, Q extends Shape, B extends z.ZodType> = RouteInput<
  Who,
  z.output<z.ZodObject<P>>,
  z.output<z.ZodObject<Q>>,
  z.output<B>
>;

export interface RouteSpec<
  A extends Access,
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType,
  R extends z.ZodType,
> extends RouteData<A, P, Q, B, R> {
  readonly handler: (
    input: InputOf<A extends "anyone" ? null : Actor, P, Q, B>,
  ) => Promise<z.input<R> | undefined>;
}

/** A route below a class: its handler gets the pass of who was let in. */
export interface ClassRouteSpec<
  Admitted extends Pass,
  A extends ClassAccess,
  P extends ClassShape,
  Q extends Shape,
  B extends z.ZodType,
  R extends z.ZodType,
> extends RouteData<A, P, Q, B, R> {
  readonly path: `${typeof CLASS_PATH}${string}`;
  readonly params: z.ZodObject<P>;
  readonly handler: (
    input: InputOf<Actor, P, Q, B> & { readonly pass: Admitted },
  ) => Promise<z.input<R> | undefined>;
}

/** A route whose own types are erased, for lists of routes. */
// deno-lint-ignore no-explicit-any -- the one place where routes of all types meet
export interface Route extends RouteData<any, any, any, any, any> {
  /** Lets the actor into the class of the path. @throws AppError `forbidden`, `class_not_found` */
  readonly admit?: (actor: Actor, classId: number) => Promise<Pass>;
  // deno-lint-ignore no-explicit-any -- likewise
  readonly handler: (input: any) => Promise<unknown>;
}

/** Checks a route's handler against its schemas. */
export function defineRoute<
  A extends Access,
  P extends Shape = Record<never, never>,
  Q extends Shape = Record<never, never>,
  B extends z.ZodType = z.ZodUndefined,
  R extends z.ZodType = z.ZodUndefined,
>(route: RouteSpec<A, P, Q, B, R>): Route {
  return route;
}

/**
 * Checks the handler of a route below a class, and has its caller let in before anything but the
 * path is read.
 * @param admit gives the pass. @throws AppError `forbidden`, `class_not_found`
 */
export function defineClassRoute<
  Admitted extends Pass,
  A extends ClassAccess,
  P extends ClassShape,
  Q extends Shape,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  route: ClassRouteSpec<Admitted, A, P, Q, B, R>,
  admit: (actor: Actor, classId: number, access: A) => Promise<Admitted>,
): Route {
  return { ...route, admit: (actor, classId) => admit(actor, classId, route.access) };
}

const CLASS_PATH = "/api/class/:id/";

/** Whether a class rule is about the class in the path; else the body says which. */
export const hasClassInPath = ({ access, path }: Route): boolean =>
  isClassAccess(access) && path.startsWith(CLASS_PATH);

/** The codes a route can give without naming them. */
export function commonErrors(route: Route): ErrorCode[] {
  // A query field that is not known is a bad request everywhere.
  const codes: ErrorCode[] = ["rate_limited", "internal", "storage_unavailable", "invalid_request"];
  if (route.body) codes.push("invalid_json", "payload_too_large");
  if (route.access !== "anyone") {
    codes.push("authentication_required", "token_invalid", "token_expired", "account_inactive");
    if (route.access !== "signed_in") codes.push("forbidden");
    if (route.method === "post") codes.push("idempotency_in_flight", "idempotency_mismatch");
    // Changes of users and classes are told to open sockets through the live store.
    if (route.method !== "get") codes.push("live_unavailable");
  }
  return codes;
}

/** `{"success": true, "data": …}` */
export const ok = <T extends z.ZodType>(data: T) => z.object({ success: z.literal(true), data });

/** `{"success": true, "data": […], "next": cursor or null}` */
export const okList = <T extends z.ZodType>(item: T) =>
  z.object({
    success: z.literal(true),
    data: z.array(item),
    next: z.string().nullable().meta({
      description: "Cursor of the next page; null on the last one",
    }),
  });

/** `?limit=` and `?cursor=` of every paged list. */
export const pageQuery = z.object({
  limit: z.string().regex(/^\d{1,3}$/, "must be a whole number from 1 to 200").transform(Number)
    .pipe(z.int().min(1).max(200)).default(50).meta({
      description: "Items per page, 1–200",
    }),
  cursor: z.string().max(500).optional().meta({ description: "`next` of the page before" }),
});
