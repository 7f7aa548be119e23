/** Where things are in Redis, and running scripts on them. */
import { createHash } from "node:crypto";
import { type Connection, liveError } from "./connection.ts";
import { type ScriptName, scriptText } from "./scripts.ts";

/** The service's names in Redis; `prefix` lets several services share a server. */
export interface Names {
  readonly control: string;
  /** Set: classes that may have a session. */
  readonly active: string;
  channel(classId: number): string;
  session(classId: number): string;
  events(classId: number): string;
}

/** @param database keys are its own, channels are everybody's and so must name it */
export function createNames(prefix: string, database = 0): Names {
  const heard = database === 0 ? prefix : `${prefix}:${database}`;
  const tag = (classId: number) => `${prefix}:{${classId}}`;
  return {
    control: `${heard}:control`,
    active: `${prefix}:active`,
    channel: (classId) => `${heard}:{${classId}}:events`,
    session: (classId) => `${tag(classId)}:s`,
    events: (classId) => `${tag(classId)}:e`,
  };
}

/** Script and keys that Redis has answered for, by connection. */
const answered = new WeakMap<Connection, Set<string>>();

function answeredOn(connection: Connection): Set<string> {
  const found = answered.get(connection);
  if (found) return found;
  const made = new Set<string>();
  answered.set(connection, made);
  // Another server, or the same one restarted, knows nothing.
  for (const change of ["ready", "+node"]) connection.on(change, () => made.clear());
  return made;
}

/**
 * A Lua script. It is sent whole until Redis has answered it once for these keys, then by its hash:
 * asking by hash first and sending again would let later calls overtake.
 */
export function createScript(
  lua: string,
): (connection: Connection, keys: readonly string[], args: readonly string[]) => Promise<unknown> {
  const sha = createHash("sha1").update(lua).digest("hex");
  return async (connection, keys, args) => {
    const loaded = answeredOn(connection);
    const first = `${sha} ${keys[0] ?? ""}`;
    // As a list: a rebuilt session can be more than fits on the stack.
    const given = [keys.length, ...keys, ...args];
    try {
      if (!loaded.has(first)) {
        const reply = await connection.call("eval", [lua, ...given]);
        loaded.add(first);
        return reply;
      }
      try {
        return await connection.call("evalsha", [sha, ...given]);
      } catch (error) {
        if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await connection.call("eval", [lua, ...given]);
      }
    } catch (error) {
      throw liveError(error);
    }
  };
}

type Argument = string | number;

/** Runs a script on a class; a list stands for its items. @throws AppError the script's own, else `live_unavailable` */
export type Run = (
  script: ScriptName,
  classId: number,
  ...args: readonly (Argument | readonly Argument[])[]
) => Promise<unknown>;

/** @param sharded events by sharded pub/sub (Redis Cluster from 7.0) */
export function createRun(
  { commands, names, sharded }: { commands: Connection; names: Names; sharded: boolean },
): Run {
  const keysOf = (classId: number) => {
    const session = names.session(classId);
    const base = session.slice(0, -1);
    return [session, `${base}r`, `${base}m`, names.events(classId)];
  };
  const scripts = new Map<ScriptName, ReturnType<typeof createScript>>();
  const scriptOf = (name: ScriptName) =>
    scripts.getOrInsertComputed(name, () => createScript(scriptText(name)));
  return (script, classId, ...args) =>
    scriptOf(script)(commands, keysOf(classId), [
      sharded ? "SPUBLISH" : "PUBLISH",
      names.channel(classId),
      ...args.flat().map(String),
    ]);
}
