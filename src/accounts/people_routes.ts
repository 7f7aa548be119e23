import { z } from "zod";
import { decodeCursor, pageOf } from "../kernel/cursor.ts";
import { defineRoute, ok, okList, pageQuery, type Route } from "../http/kit/route.ts";
import type { IdPage } from "../kernel/page.ts";
import type { StoredUser } from "./store.ts";
import { email, password, personName, personNumber, user, username } from "./schema.ts";
import { idNumber, idParam } from "../kernel/ids.ts";
import { CHARACTERS, line } from "../kernel/text.ts";
import { role } from "../kernel/actor.ts";
import type { People } from "./people.ts";
import { staffView } from "./views.ts";

const account = user.extend({ active: z.boolean(), created_at: z.iso.datetime() }).meta({
  id: "Account",
  description: "A user as administrators see it",
});
type Account = z.infer<typeof account>;

const accountView = (stored: StoredUser): Account => ({
  ...staffView(stored),
  active: stored.active,
  created_at: stored.createdAt,
});

const search = line(0, CHARACTERS.email).transform((text) => text || undefined).optional()
  .meta({ description: "Part of the name, username, email or number, whatever case and accents" });

const studentsQuery = pageQuery.extend({ search });
const usersQuery = studentsQuery.extend({
  role: role.optional().meta({ description: "Only accounts of this role" }),
  active: z.enum(["true", "false"]).transform((text) => text === "true").optional()
    .meta({ description: "Only active accounts, or only deactivated ones" }),
});

const byId = z.object({ id: idParam.meta({ description: "Id of the account" }) });
const createBody = z.object({
  username,
  name: personName.optional(),
  sort_name: personName.optional(),
  email,
  number: personNumber.optional(),
  password,
  role,
}).transform(({ sort_name: sortName, ...body }) => ({ ...body, sortName }));
const updateBody = z.object({
  username,
  name: personName.nullable(),
  sort_name: personName.nullable(),
  email,
  number: personNumber.nullable(),
  role,
  active: z.boolean(),
  password,
}).partial().refine((body) => Object.values(body).some((value) => value !== undefined), {
  message: "give at least one of username, name, sort_name, email, number, role, active, password",
}).transform(({ sort_name: sortName, ...body }) => ({ ...body, sortName }));

/** One more than the page, so that `pageOf` can tell whether there is a next one. */
const idPage = (query: { limit: number; cursor?: string | undefined }): IdPage => ({
  limit: query.limit + 1,
  after: decodeCursor(idNumber, query.cursor),
});

/** The entries that hold a value: an absent query field is `undefined` after parsing. */
const given = <T extends Record<string, unknown>>(fields: T) =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], undefined> };

const STUDENT_EXAMPLE = {
  id: 12,
  username: "lin",
  email: "lin@school.example",
  role: "STUDENT" as const,
  name: "Lin Yue",
  number: "S-0012",
  sort_name: null,
};
const EXAMPLE: Account = {
  ...STUDENT_EXAMPLE,
  active: true,
  created_at: "2026-09-01T07:30:00.000Z",
};

/** The list of students, and the administration of accounts. */
export const peopleRoutes = (users: People): Route[] => [
  defineRoute({
    method: "get",
    path: "/api/students/",
    operationId: "listStudents",
    summary: "List the students",
    tag: "Users",
    access: "teacher_or_admin",
    query: studentsQuery,
    success: {
      status: 200,
      description: "Active students, by sort name",
      schema: okList(user),
      example: { success: true, data: [STUDENT_EXAMPLE], next: null },
    },
    errors: ["invalid_cursor"],
    etag: true,
    handler: async ({ query }) => {
      const found = await users.students(query.search, idPage(query));
      const { data, next } = pageOf(found, query.limit, ({ id }) => id);
      return { success: true as const, data: data.map(staffView), next };
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/users/",
    operationId: "listUsers",
    summary: "List the accounts",
    tag: "Users",
    access: "admin",
    query: usersQuery,
    success: {
      status: 200,
      description: "Accounts, deactivated ones included, by sort name",
      schema: okList(account),
      example: { success: true, data: [EXAMPLE], next: null },
    },
    errors: ["invalid_cursor"],
    etag: true,
    handler: async ({ query }) => {
      const { search, role, active } = query;
      const found = await users.list(given({ search, role, active }), idPage(query));
      const { data, next } = pageOf(found, query.limit, ({ id }) => id);
      return { success: true as const, data: data.map(accountView), next };
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/users/",
    operationId: "createUser",
    summary: "Create an account of any role",
    tag: "Users",
    access: "admin",
    body: createBody,
    bodyExample: {
      username: STUDENT_EXAMPLE.username,
      email: STUDENT_EXAMPLE.email,
      password: "seven quiet herons",
      role: "STUDENT",
    },
    success: {
      status: 201,
      description: "The account was created",
      schema: ok(account),
      example: { success: true, data: EXAMPLE },
    },
    errors: ["weak_password", "email_taken", "username_taken", "number_taken"],
    handler: async ({ body }) => ({
      success: true as const,
      data: accountView(await users.create(body)),
    }),
  }),
  defineRoute({
    method: "get",
    path: "/api/users/:id/",
    operationId: "getUser",
    summary: "One account",
    tag: "Users",
    access: "admin",
    params: byId,
    success: {
      status: 200,
      description: "The account",
      schema: ok(account),
      example: { success: true, data: EXAMPLE },
    },
    errors: ["user_not_found"],
    handler: async ({ params }) => ({
      success: true as const,
      data: accountView(await users.byId(params.id)),
    }),
  }),
  defineRoute({
    method: "patch",
    path: "/api/users/:id/",
    operationId: "updateUser",
    summary: "Change an account",
    description:
      "A new password or a deactivation ends every sign-in of the user at once. A role " +
      "cannot be changed while the user teaches or attends a class in it.",
    tag: "Users",
    access: "admin",
    params: byId,
    body: updateBody,
    bodyExample: { role: "TEACHER" },
    success: {
      status: 200,
      description: "The account as it is now",
      schema: ok(account),
      example: { success: true, data: { ...EXAMPLE, role: "TEACHER" } },
    },
    errors: [
      "user_not_found",
      "weak_password",
      "email_taken",
      "username_taken",
      "number_taken",
      "last_admin",
      "role_in_use",
    ],
    handler: async ({ params, body }) => ({
      success: true as const,
      data: accountView(await users.update(params.id, given(body))),
    }),
  }),
  defineRoute({
    method: "delete",
    path: "/api/users/:id/",
    operationId: "deactivateUser",
    summary: "Deactivate an account",
    description: "The user is signed out everywhere and cannot sign in again; what history says " +
      "of them stays. `PATCH` with `active: true` takes it back.",
    tag: "Users",
    access: "admin",
    params: byId,
    success: { status: 204, description: "The account is not active any more" },
    errors: ["user_not_found", "last_admin"],
    handler: async ({ params }) => {
      await users.deactivate(params.id);
      return undefined;
    },
  }),
];
