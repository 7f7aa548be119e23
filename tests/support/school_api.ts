/** The service's HTTP interface as its clients call it; every answer is held against the document. */
import { z } from "zod";
import { changeView, sessionView } from "../../src/records/history.ts";
import { myAttendanceView } from "../../src/records/service.ts";
import type { Status } from "../../src/kernel/status.ts";
import { doneView, marksView, sessionStartedView, snapshotView } from "../../src/sessions/views.ts";
import { classView } from "../../src/classes/schema.ts";
import { importResult } from "../../src/imports/schema.ts";
import { ok, okList } from "../../src/http/kit/route.ts";
import { user } from "../../src/accounts/schema.ts";
import { type Api, openApi } from "./api.ts";

/** Someone with an account, signed in. */
export interface Person {
  readonly id: number;
  readonly username: string;
  readonly token: string;
}

export interface MarkToSend {
  readonly studentId: number;
  readonly status: Status;
  readonly note?: string | null;
}

/** The service answered, and refused. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, request: string) {
    super(`${request}: ${status} ${code}`);
    this.name = "Refused";
  }
}

/** What `work` came to, or the code with which it was refused; any other failure passes through. */
export async function codeOr<T>(work: Promise<T>): Promise<T | string> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

const tokens = z.object({ token: z.object({ access: z.string() }) });
const page = "limit=7";

export type SchoolApi = ReturnType<typeof schoolApi>;

/**
 * @param url of the server as it is now: it may move when it restarts
 * @returns calls that throw `Refused` where the service says no, and TypeError where nobody answers
 */
export function schoolApi(url: () => string) {
  const known = new Map<string, Api>();

  async function here(): Promise<Api> {
    const address = url();
    const api = known.get(address) ?? await openApi(address);
    known.set(address, api);
    return api;
  }

  async function call<T extends z.ZodType>(
    schema: T,
    method: string,
    path: string,
    { by, body }: { by?: Person; body?: unknown } = {},
  ): Promise<z.output<T>> {
    const answer = await (await here()).call(method, path, { token: by?.token, body });
    if (answer.status < 300) return schema.parse(answer.body ?? undefined);
    throw new Refused(answer.status, answer.body.code, `${method} ${path}`);
  }

  /** Every page of a list. */
  async function all<T extends z.ZodType>(item: T, path: string, by: Person) {
    const found: z.output<T>[] = [];
    const schema = okList(item);
    for (let cursor: string | null = ""; cursor !== null;) {
      const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      const answer: { data: z.output<T>[]; next: string | null } = await call(
        schema,
        "GET",
        `${path}?${page}${query}`,
        { by },
      );
      found.push(...answer.data);
      cursor = answer.next;
    }
    return found;
  }

  async function signIn(email: string, password: string): Promise<Person> {
    const { token } = await call(tokens, "POST", "/api/auth/login/", { body: { email, password } });
    const nobody = { id: 0, username: email, token: token.access };
    const { user: self } = await call(z.object({ user }), "GET", "/api/auth/me/", { by: nobody });
    return { id: self.id, username: self.username, token: token.access };
  }

  return {
    call,
    signIn,

    async enter(username: string, role: "TEACHER" | "STUDENT"): Promise<Person> {
      const email = `${username.replaceAll(" ", ".")}@school.example`;
      const password = "correct-horse-9";
      await call(z.unknown(), "POST", "/api/auth/signup/", {
        body: { username, email, password, role },
      });
      return await signIn(email, password);
    },

    classes: async (by: Person) =>
      (await call(okList(classView), "GET", "/api/class/list_classes/", { by })).data,

    async createClass(by: Person, name: string): Promise<number> {
      const body = { class_name: name };
      return (await call(ok(classView), "POST", "/api/class/create_class/", { by, body })).data.id;
    },

    async showMarks(by: Person, classId: number, to: "staff" | "class"): Promise<void> {
      const body = { mark_visibility: to };
      await call(ok(classView), "PATCH", `/api/class/${classId}/`, { by, body });
    },

    async importStudents(by: Person, classId: number, handles: readonly string[]) {
      const body = { students: handles };
      const path = `/api/class/${classId}/students/`;
      return (await call(ok(importResult), "POST", path, { by, body })).data;
    },

    async enrol(by: Person, classId: number, studentId: number): Promise<void> {
      const path = `/api/class/${classId}/add-student/${studentId}/`;
      await call(z.unknown(), "POST", path, { by });
    },

    async unenrol(by: Person, classId: number, studentId: number): Promise<void> {
      await call(z.unknown(), "DELETE", `/api/class/${classId}/students/${studentId}/`, { by });
    },

    async start(by: Person, classId: number, title: string | null = null) {
      const body = { class_id: classId, title };
      const path = "/api/class/start-attendance/";
      return (await call(ok(sessionStartedView), "POST", path, { by, body })).data;
    },

    async mark(by: Person, classId: number, marks: readonly MarkToSend[]) {
      const path = `/api/class/${classId}/session/marks/`;
      return (await call(ok(marksView), "POST", path, { by, body: { marks } })).data;
    },

    snapshot: async (by: Person, classId: number) =>
      (await call(ok(snapshotView), "GET", `/api/class/${classId}/session/`, { by })).data,

    done: async (by: Person, classId: number) =>
      (await call(ok(doneView), "POST", `/api/class/${classId}/session/done/`, { by })).data,

    async cancel(by: Person, classId: number): Promise<void> {
      await call(z.unknown(), "DELETE", `/api/class/${classId}/session/`, { by });
    },

    history: (by: Person, classId: number) =>
      all(sessionView, `/api/class/${classId}/sessions/`, by),

    trail: (by: Person, classId: number, sessionId: string) =>
      all(changeView, `/api/class/${classId}/sessions/${sessionId}/changes/`, by),

    myAttendance: async (by: Person, classId: number) =>
      (await call(ok(myAttendanceView), "GET", `/api/class/${classId}/my-attendance/`, { by }))
        .data,
  };
}
