/** A small school on a server, and the ways of the tests around the test page. */
import { assert, assertEquals } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import type { Complaints } from "../support/browser.ts";
import type { ServerProcess } from "../support/server.ts";

export const PASSWORD = "slate-and-chalk-88";
/** Names that must come out as they are: markup, right to left, other scripts, emoji. */
export const STUDENTS = [
  "<img src=x onerror=alert(1)>",
  "Amina Diallo",
  "محمد علي",
  "佐藤 カオル",
  "Zoë 👩‍🎓",
];

export interface School {
  readonly teacherToken: string;
  readonly classId: number;
  readonly studentIds: readonly number[];
}

export async function call(
  server: ServerProcess,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

export const emailOf = (index: number) =>
  index < 0 ? "okafor@school.example" : `s${index}@school.example`;

/** A teacher, students and a class in which they are enrolled. */
export async function makeSchool(server: ServerProcess): Promise<School> {
  const people = [
    { username: "ms.okafor", email: emailOf(-1), role: "TEACHER" },
    ...STUDENTS.map((username, i) => ({ username, email: emailOf(i), role: "STUDENT" })),
  ];
  const users = await Promise.all(
    people.map((person) =>
      call(server, "POST", "/api/auth/signup/", { body: { ...person, password: PASSWORD } })
    ),
  );
  const { token } = await call(server, "POST", "/api/auth/login/", {
    body: { email: emailOf(-1), password: PASSWORD },
  });
  const teacherToken: string = token.access;
  const { data } = await call(server, "POST", "/api/class/create_class/", {
    token: teacherToken,
    body: { class_name: "Biology 9B" },
  });
  const classId: number = data.id;
  const studentIds: number[] = users.slice(1).map(({ user }) => user.id);
  for (const id of studentIds) {
    await call(server, "POST", `/api/class/${classId}/add-student/${id}/`, { token: teacherToken });
  }
  return { teacherToken, classId, studentIds };
}

export async function signIn(page: Page, server: ServerProcess, email: string): Promise<void> {
  await page.goto(`${server.url}/`);
  const form = page.getByRole("form", { name: "Sign in" });
  await form.getByLabel("Email or username").fill(email);
  await form.getByLabel("Password").fill(PASSWORD);
  await form.getByRole("button", { name: "Sign in" }).click();
  await connected(page);
}

export const state = (page: Page, name: string) =>
  page.locator(`#state[data-state="${name}"]`).waitFor();
export const connected = (page: Page) => state(page, "connected");
export const phase = (page: Page, name: string) =>
  page.locator(`#board[data-phase="${name}"][data-sync="in step"]`).waitFor();
export const row = (page: Page, name: string) => page.getByRole("group", { name, exact: true });
export const pressed = (page: Page, name: string, status: string) =>
  row(page, name).locator(`button[aria-pressed="true"]`, { hasText: status }).waitFor();
export const shows = (page: Page, id: string, text: string) =>
  page.locator(`#${id}`, { hasText: text }).waitFor();
/** The newest log entry of an event, opened, as text. */
export const logged = (page: Page, kind: string, event: string) =>
  page.locator(`#log-entries li[data-kind="${kind}"][data-event="${event}"]`).last();

/** Opens the page once more as somebody else, in a profile of its own. */
export async function asAnother(
  browser: Browser,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

export function assertClean(complaints: Complaints): void {
  assertEquals(complaints, { errors: [], violations: [], outside: [] });
}
