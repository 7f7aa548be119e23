/** Child processes of the benchmarks, and the service filled with a class to measure. */
import { startServer } from "../tests/support/server.ts";
import { textLines } from "../tests/support/text_lines.ts";

export interface Target {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a yardstick server, which prints its address. */
export async function startBare(file: string): Promise<Target> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", new URL(file, import.meta.url).pathname],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(textLines()).getReader();
  const { value: url = "" } = await lines.read();
  return {
    url,
    pid: child.pid,
    async stop() {
      child.kill("SIGTERM");
      await lines.cancel();
      await child.status;
    },
  };
}

export interface School extends Target {
  readonly teacher: string;
  /** Access tokens. */
  readonly students: readonly string[];
  readonly studentIds: readonly number[];
  readonly classId: number;
  /** Calls the API; throws on anything but success. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<unknown>;
}

/** Makes a caller of the API at `url` that throws on any answer but success. */
function caller(url: string) {
  return async (method: string, path: string, body?: unknown, token?: string) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
}

/** The service with one teacher, one class that shows its marks to all, and its students. */
export async function startSchool(
  { students, env = {} }: { students: number; env?: Record<string, string> },
): Promise<School> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-bench-" });
  const server = await startServer({
    directory,
    env: { FRAME_RATE: "0", LOG_LEVEL: "warn", ...env },
  });
  return {
    ...await fillSchool(server.url, students),
    url: server.url,
    pid: server.pid,
    async stop() {
      await server.kill("SIGTERM");
      await Deno.remove(directory, { recursive: true });
    },
  };
}

/** Enters the teacher, the class and its students at a running service. */
export async function fillSchool(
  url: string,
  students: number,
): Promise<Omit<School, keyof Target>> {
  const call = caller(url);
  const enter = async (name: string, role: string) => {
    const account = {
      username: name,
      email: `${name}@school.example`,
      password: "correct-horse-9",
    };
    const { user } = await call("POST", "/api/auth/signup/", { ...account, role });
    const { token } = await call("POST", "/api/auth/login/", account);
    return { id: Number(user.id), token: String(token.access) };
  };
  const teacher = await enter("bench-teacher", "TEACHER");
  const { data } = await call(
    "POST",
    "/api/class/create_class/",
    { class_name: "Bench" },
    teacher.token,
  );
  await call("PATCH", `/api/class/${data.id}/`, { mark_visibility: "class" }, teacher.token);
  const entered = [];
  for (let n = 0; n < students; n++) entered.push(await enter(`student-${n}`, "STUDENT"));
  await call("POST", `/api/class/${data.id}/students/`, {
    students: entered.map((_, n) => `student-${n}`),
  }, teacher.token);
  return {
    teacher: teacher.token,
    students: entered.map(({ token }) => token),
    studentIds: entered.map(({ id }) => id),
    classId: data.id,
    call,
  };
}

/** Resident memory in bytes. */
export function residentBytes(pid: number): number {
  const found = /VmRSS:\s+(\d+) kB/.exec(Deno.readTextFileSync(`/proc/${pid}/status`));
  return Number(found?.[1] ?? 0) * 1024;
}
