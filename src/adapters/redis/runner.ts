/** Where things are in Redis, and running scripts on them. */
import { type Connection, createScript } from "./connection.ts";
import * as recovery from "./recovery_scripts.ts";
import * as verbs from "./scripts.ts";

const scripts = {
  start: createScript(verbs.START),
  mark: createScript(verbs.MARK),
  summary: createScript(verbs.SUMMARY),
  update: createScript(verbs.UPDATE),
  snapshot: createScript(verbs.SNAPSHOT),
  beginClose: createScript(verbs.BEGIN_CLOSE),
  finishClose: createScript(verbs.FINISH_CLOSE),
  look: createScript(recovery.LOOK),
  tail: createScript(recovery.TAIL),
  journalled: createScript(recovery.JOURNALLED),
  hold: createScript(recovery.HOLD),
  release: createScript(recovery.RELEASE),
  restore: createScript(recovery.RESTORE),
  replay: createScript(recovery.REPLAY),
  drop: createScript(recovery.DROP),
};

/** The service's names in Redis; `prefix` lets several services share a server. */
export interface Names {
  readonly control: string;
  /** Set: classes whose session may be closing. */
  readonly closing: string;
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
    closing: `${prefix}:closing`,
    active: `${prefix}:active`,
    channel: (classId) => `${heard}:{${classId}}:events`,
    session: (classId) => `${tag(classId)}:s`,
    events: (classId) => `${tag(classId)}:e`,
  };
}

type Argument = string | number;

/** Runs a script on a class; a list stands for its items. @throws AppError the script's own, else `live_unavailable` */
export type Run = (
  script: keyof typeof scripts,
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
    return [session, `${base}r`, `${base}m`, names.events(classId), `${base}l`];
  };
  return (script, classId, ...args) =>
    scripts[script](commands, keysOf(classId), [
      sharded ? "SPUBLISH" : "PUBLISH",
      names.channel(classId),
      ...args.flat().map(String),
    ]);
}
