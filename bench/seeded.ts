/** The service on a database that was filled before it started. */
import { type ClassPlan, PASSWORD, seedSchool } from "../tests/support/seeded_school.ts";
import { startServer } from "../tests/support/server.ts";

export interface BenchClass {
  readonly id: number;
  readonly name: string;
  /** Access token of its teacher. */
  readonly teacher: string;
  readonly studentIds: readonly number[];
}

export interface SeededServer {
  readonly url: string;
  readonly wsUrl: string;
  readonly pid: number;
  readonly classes: readonly BenchClass[];
  /** The answer's body, as text; throws on anything but success. */
  call(method: string, path: string, token: string, body?: unknown): Promise<string>;
  stop(): Promise<void>;
}

export async function startSeeded(
  plans: readonly ClassPlan[],
  env: Record<string, string> = {},
): Promise<SeededServer> {
  const directory = await Deno.makeTempDir({ prefix: "attendance-bench-" });
  const seeded = await seedSchool(directory, plans);
  const server = await startServer({
    directory,
    env: { FRAME_RATE: "0", LOG_LEVEL: "warn", ACCESS_TOKEN_TTL: "1d", ...env },
  });
  async function call(method: string, path: string, token: string, body?: unknown) {
    const response = await fetch(server.url + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text;
  }
  const classes: BenchClass[] = [];
  for (const { id, name, teacher, students } of seeded) {
    const login = { email: teacher.email, password: PASSWORD };
    const { token } = JSON.parse(await call("POST", "/api/auth/login/", "", login));
    const studentIds = students.map((student) => student.id);
    classes.push({ id, name, teacher: String(token.access), studentIds });
  }
  return {
    url: server.url,
    wsUrl: server.wsUrl,
    pid: server.pid,
    classes,
    call,
    async stop() {
      await server.kill("SIGTERM");
      await Deno.remove(directory, { recursive: true });
    },
  };
}
