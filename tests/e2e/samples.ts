/**
 * One allowed call of every operation, made fresh for each use. The tests that walk the route table
 * take their requests from here and fail where an operation has none.
 */
import { assertEquals } from "@std/assert";
import type { Access } from "../../src/kernel/access.ts";
import type { Route } from "../../src/http/kit/route.ts";
import type { CallOptions } from "../support/api.ts";
import { PASSWORD, type PersonName, type Stage } from "./stage.ts";

export interface SampleCall {
  readonly params?: Readonly<Record<string, string>>;
  /** A JSON object. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface Sample {
  /** Who may, as the contract says it; the route's own rule must agree. */
  readonly rule: Access;
  /** Prepares what the call needs. Calls of different preparations do not touch each other. */
  readonly prepare: (stage: Stage, by: PersonName) => SampleCall | Promise<SampleCall>;
  /** What those get who may ask, but have nothing to do with the class of the call. */
  readonly unseen?: "class_not_found";
}

const text = (value: number | string) => `${value}`;

async function ofClass(stage: Stage): Promise<{ params: { id: string } }> {
  return { params: { id: text((await stage.newClass()).id) } };
}

async function ofRunning(stage: Stage): Promise<{ params: { id: string } }> {
  const found = await stage.newClass();
  await stage.start(found);
  return { params: { id: text(found.id) } };
}

async function ofClosed(stage: Stage): Promise<{ params: { id: string; sessionId: string } }> {
  const found = await stage.newClass();
  return { params: { id: text(found.id), sessionId: await stage.closedSession(found) } };
}

function account(stage: Stage) {
  const username = stage.fresh("person");
  return { username, email: `${username}@school.example`, password: PASSWORD, role: "STUDENT" };
}

async function ofAccount(stage: Stage): Promise<{ params: { id: string } }> {
  const { admin } = stage.people;
  const { body } = await stage.as(admin, 201, "POST", "/api/users/", { body: account(stage) });
  return { params: { id: text(body.data.id) } };
}

async function refreshToken(stage: Stage): Promise<SampleCall> {
  const { email } = stage.people.spare;
  const { body } = await stage.api.expect(200, "POST", "/api/auth/login/", {
    body: { email, password: PASSWORD },
  });
  return { body: { refresh: body.token.refresh } };
}

const anyone = (prepare: Sample["prepare"]): Sample => ({ rule: "anyone", prepare });
const signedIn = (prepare: Sample["prepare"]): Sample => ({ rule: "signed_in", prepare });
const teachers = (prepare: Sample["prepare"]): Sample => ({ rule: "teacher_or_admin", prepare });
const admins = (prepare: Sample["prepare"]): Sample => ({ rule: "admin", prepare });
const staff = (prepare: Sample["prepare"]): Sample => ({ rule: "class_staff", prepare });
const members = (prepare: Sample["prepare"]): Sample => ({ rule: "class_member", prepare });
const students = (prepare: Sample["prepare"]): Sample => ({ rule: "class_student", prepare });

/** By operation id. */
export const SAMPLES: Readonly<Record<string, Sample>> = {
  signUp: anyone((stage) => ({ body: account(stage) })),
  logIn: anyone(({ people }) => ({ body: { email: people.spare.email, password: PASSWORD } })),
  obtainTokens: anyone(({ people }) => ({
    body: { username: people.spare.username, password: PASSWORD },
  })),
  refreshTokens: anyone(refreshToken),
  logOut: anyone(refreshToken),
  changePassword: signedIn(() => ({ body: { current: PASSWORD, next: PASSWORD } })),
  me: signedIn(() => ({})),

  listStudents: teachers(() => ({})),
  listUsers: admins(() => ({})),
  createUser: admins((stage) => ({ body: account(stage) })),
  getUser: admins(({ people }) => ({ params: { id: text(people.student.id) } })),
  updateUser: admins(async (stage) => ({
    ...await ofAccount(stage),
    body: { username: stage.fresh("renamed"), role: "TEACHER", active: true },
  })),
  deactivateUser: admins(ofAccount),

  listClasses: signedIn(() => ({})),
  createClass: teachers((stage, by) => ({
    body: {
      class_name: stage.fresh("Class "),
      ...(by === "admin" ? { teacher_id: stage.people.teacher.id } : {}),
    },
  })),
  getClassByName: {
    ...signedIn(async (stage) => ({ params: { class_name: (await stage.newClass()).name } })),
    unseen: "class_not_found",
  },
  getClass: members(ofClass),
  updateClass: staff(async (stage) => ({
    ...await ofClass(stage),
    body: { class_name: stage.fresh("Class "), mark_visibility: "class" },
  })),
  archiveClass: staff(ofClass),
  addStudent: staff(async (stage) => {
    const { params } = await ofClass(stage);
    return { params: { ...params, student_id: text(stage.people.spare.id) } };
  }),
  removeStudent: staff(async (stage) => {
    const { params } = await ofClass(stage);
    return { params: { ...params, student_id: text(stage.people.classmate.id) } };
  }),
  importStudents: staff(async (stage) => ({
    ...await ofClass(stage),
    body: { students: [stage.people.spare.email] },
  })),

  startAttendance: staff(async (stage) => ({
    body: { class_id: (await stage.newClass()).id, title: "Fractions" },
  })),
  getRunningSession: staff(ofRunning),
  markAttendance: staff(async (stage) => ({
    ...await ofRunning(stage),
    body: { marks: [{ studentId: stage.people.student.id, status: "late", note: "bus" }] },
  })),
  finishAttendance: staff(ofRunning),
  cancelAttendance: staff(ofRunning),
  getMyAttendance: students(ofClass),

  listSessions: members(ofClass),
  getSession: members(ofClosed),
  correctRecord: staff(async (stage) => {
    const { params } = await ofClosed(stage);
    return {
      params: { ...params, studentId: text(stage.people.student.id) },
      body: { status: "excused", reason: "The note came later" },
    };
  }),
  listRecordChanges: staff(ofClosed),
};

/** The sample of a route, after making sure that it is about this route. */
export function sampleOf({ operationId, path }: Route, call: SampleCall): string {
  const { params = {} } = call;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? "");
  assertEquals(Object.keys(params).sort(), [...names].sort(), `${operationId}: params`);
  return pathOf(path, params);
}

/** The path of a route with these parameters, percent-encoded. */
export const pathOf = (path: string, params: Readonly<Record<string, string>>): string =>
  path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));

/** @throws AssertionError naming the operations without a sample, and samples of no operation */
export function assertSampled(routes: readonly Route[]): void {
  assertEquals(Object.keys(SAMPLES).sort(), routes.map(({ operationId }) => operationId).sort());
}

export const optionsOf = ({ body }: SampleCall): CallOptions => body === undefined ? {} : { body };
