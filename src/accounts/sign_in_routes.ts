import { z } from "zod";
import { TEACHER } from "./examples.ts";
import { defineRoute, type Route } from "../http/kit/route.ts";
import { email, password, type User, user, username } from "./schema.ts";
import { CHARACTERS, line } from "../kernel/text.ts";
import { userView } from "./views.ts";
import type { Auth } from "./sign_in.ts";

/** Whatever a person types to say who they are. */
const handle = line(1, CHARACTERS.email);

const givenPassword = password.min(1, "must not be empty");
const newPassword = password.meta({
  description: "At least 8 characters and at most 256 bytes, not all digits, not the username or " +
    "email, and none of the common passwords",
});

const signupBody = z.object({
  username,
  email,
  password: newPassword,
  role: z.enum(["TEACHER", "STUDENT"], "must be TEACHER or STUDENT"),
});

const loginBody = z.object({ email: handle, password: givenPassword });

const tokenBody = z.object({
  username: handle.optional().meta({ description: "The username; an email works too" }),
  email: handle.optional(),
  password: givenPassword,
}).refine((body) => body.email !== undefined || body.username !== undefined, {
  path: ["username"],
  message: "give the username or the email",
});

const refreshBody = z.object({ refresh: z.string().min(1, "must not be empty").max(500) });

const passwordBody = z.object({ current: givenPassword, next: newPassword });

const tokenPair = z.object({
  access: z.string().meta({ description: "JWT for `Authorization: Bearer`" }),
  refresh: z.string().meta({ description: "Works once, at `/api/token/refresh/`" }),
}).meta({ id: "TokenPair" });

const EXAMPLE_USER: User = { ...TEACHER, username: "Ada Okafor" };

const EXAMPLE_PAIR = {
  access:
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjNmNmEwYjFjIn0.eyJzdWIiOiI3In0.c2lnbmF0dXJl",
  refresh: "kq3v1Vb0mJmYzr0P5o2nq9cWl7sT4uXyZaBcDeFgHiJ",
};

const EXAMPLE_REFRESH = { refresh: EXAMPLE_PAIR.refresh };
const PASSPHRASE = "seven quiet herons";

/** Sign-up, sign-in, tokens, the own password. */
export const authRoutes = (auth: Auth): Route[] => [
  defineRoute({
    method: "post",
    path: "/api/auth/signup/",
    operationId: "signUp",
    summary: "Create an account",
    description: "Makes a teacher or a student, never an administrator; the service's settings " +
      "may leave it to students or close it.",
    tag: "Accounts",
    access: "anyone",
    body: signupBody,
    bodyExample: {
      username: EXAMPLE_USER.username,
      email: "ada@school.example",
      password: PASSPHRASE,
      role: "TEACHER",
    },
    success: {
      status: 201,
      description: "The account was created",
      schema: z.object({ message: z.literal("User created successfully"), user }),
      example: { message: "User created successfully", user: EXAMPLE_USER },
    },
    errors: ["signup_closed", "weak_password", "email_taken", "username_taken"],
    handler: async ({ body }) => ({
      message: "User created successfully" as const,
      user: userView(await auth.signup(body)),
    }),
  }),
  defineRoute({
    method: "post",
    path: "/api/auth/login/",
    operationId: "logIn",
    summary: "Sign in with email and password",
    tag: "Accounts",
    access: "anyone",
    body: loginBody,
    bodyExample: { email: "ada@school.example", password: PASSPHRASE },
    success: {
      status: 200,
      description: "An access and a refresh token",
      schema: z.object({ token: tokenPair }),
      example: { token: EXAMPLE_PAIR },
    },
    errors: ["invalid_credentials"],
    handler: async ({ body, address }) => ({
      token: await auth.login({ handle: body.email, password: body.password, address }),
    }),
  }),
  defineRoute({
    method: "post",
    path: "/api/token/",
    operationId: "obtainTokens",
    summary: "Sign in with username or email",
    tag: "Accounts",
    access: "anyone",
    body: tokenBody,
    bodyExample: { username: EXAMPLE_USER.username, password: PASSPHRASE },
    success: {
      status: 200,
      description: "An access and a refresh token",
      schema: tokenPair,
      example: EXAMPLE_PAIR,
    },
    errors: ["invalid_credentials"],
    handler: ({ body, address }) =>
      auth.login({ handle: body.email ?? body.username ?? "", password: body.password, address }),
  }),
  defineRoute({
    method: "post",
    path: "/api/token/refresh/",
    operationId: "refreshTokens",
    summary: "Trade a refresh token for new tokens",
    description: "A refresh token works once. Presenting a used one ends every token that came " +
      "from the same sign-in, since one of the two holders is not the user.",
    tag: "Accounts",
    access: "anyone",
    body: refreshBody,
    bodyExample: EXAMPLE_REFRESH,
    success: {
      status: 200,
      description: "A new access and a new refresh token",
      schema: tokenPair,
      example: EXAMPLE_PAIR,
    },
    errors: ["token_invalid", "token_reused", "account_inactive"],
    handler: ({ body }) => auth.refresh(body.refresh),
  }),
  defineRoute({
    method: "post",
    path: "/api/auth/logout/",
    operationId: "logOut",
    summary: "Sign out",
    description: "Revokes the refresh token and all that came from the same sign-in. An unknown " +
      "token gets the same answer.",
    tag: "Accounts",
    access: "anyone",
    body: refreshBody,
    bodyExample: EXAMPLE_REFRESH,
    success: { status: 204, description: "Signed out" },
    handler: async ({ body }) => {
      await auth.logout(body.refresh);
      return undefined;
    },
  }),
  defineRoute({
    method: "post",
    path: "/api/auth/password/",
    operationId: "changePassword",
    summary: "Change the own password",
    description: "Revokes every refresh token of the user. A wrong present password is an " +
      "`invalid_request` on `current`.",
    tag: "Accounts",
    access: "signed_in",
    body: passwordBody,
    bodyExample: { current: PASSPHRASE, next: "nine loud geese" },
    success: { status: 204, description: "The password was changed" },
    errors: ["weak_password"],
    handler: async ({ actor, body, address }) => {
      await auth.changePassword(actor, { ...body, address });
      return undefined;
    },
  }),
  defineRoute({
    method: "get",
    path: "/api/auth/me/",
    operationId: "me",
    summary: "Who is signed in",
    tag: "Accounts",
    access: "signed_in",
    success: {
      status: 200,
      description: "The signed-in user",
      schema: z.object({ user }),
      example: { user: EXAMPLE_USER },
    },
    handler: async ({ actor }) => ({ user: userView(await auth.me(actor)) }),
  }),
];
