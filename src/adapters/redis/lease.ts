/** Who rebuilds a class's session: one instance at a time, on Redis' word. */
import { z } from "zod";
import { AppError } from "../../kernel/errors.ts";
import type { Run } from "./runner.ts";

/** Milliseconds: longer than the deadline of any one step that is done under it. */
const LEASE_MS = 12_000;

export interface Lease {
  /** What RESTORE asks for: with the lease lost it does nothing. */
  readonly token: string;
  /** Begins its time anew. @throws AppError `live_unavailable` where it is lost */
  hold(): Promise<void>;
}

export interface Leases {
  /** Works while the class's lease is held; null, and no work, while another has it. */
  holding<T>(classId: number, work: (lease: Lease) => Promise<T>): Promise<T | null>;
}

export function createLeases(run: Run): Leases {
  const take = async (classId: number, token: string, again = false): Promise<boolean> =>
    z.number().parse(await run("hold", classId, token, LEASE_MS, again ? 1 : 0)) === 1;

  return {
    async holding(classId, work) {
      const token = crypto.randomUUID();
      if (!await take(classId, token)) return null;
      try {
        return await work({
          token,
          async hold() {
            if (!await take(classId, token, true)) throw new AppError("live_unavailable");
          },
        });
      } finally {
        // Where that fails it ends by itself.
        await run("release", classId, token).catch(() => {});
      }
    },
  };
}
