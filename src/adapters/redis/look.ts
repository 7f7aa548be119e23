/** How a class's session stands in Redis. */
import { z } from "zod";
import type { Run } from "./runner.ts";

const lookReply = z.tuple([
  z.string(),
  z.string(),
  z.string(),
  z.string().nullable(),
  z.string(),
  z.string().nullable(),
  z.string(),
]).nullable();

export interface Look {
  readonly sessionId: string;
  readonly epoch: number;
  /** Events that are not in the journal. */
  readonly behind: boolean;
  readonly closing: boolean;
  /** Whether it was started or rebuilt in this run of the server. */
  readonly whole: boolean;
}

/** Null where the class has none. @throws AppError `live_unavailable` */
export async function look(run: Run, classId: number): Promise<Look | null> {
  const reply = lookReply.parse(await run("look", classId));
  if (!reply) return null;
  const [sessionId, epoch, told, journalled, state, server, here] = reply;
  return {
    sessionId,
    epoch: Number(epoch),
    behind: Number(told) > Number(journalled ?? 0),
    closing: state === "closing",
    whole: server === here,
  };
}
