/**
 * What every live store must do: one test for each sentence of the port. Class ids are random, so
 * the suite may run on a store that others use at the same time.
 */
import type { LiveStore } from "../../src/sessions/live_store.ts";
import { liveCollector } from "../support/events.ts";
import { closingContract } from "./live/closing.ts";
import { deliveryContract } from "./live/delivery.ts";
import { instancesContract } from "./live/instances.ts";
import { type LiveTest, newClassId } from "./live/fixture.ts";
import { markingContract } from "./live/marking.ts";
import { modelContract } from "./live/model.ts";
import { readingContract } from "./live/reading.ts";
import { restartContract } from "./live/restart.ts";
import { startingContract } from "./live/starting.ts";
import { turnsContract } from "./live/turns.ts";
import { updatingContract } from "./live/updating.ts";

export interface OpenedLive {
  readonly live: LiveStore;
  /** A second instance on the same backing store. */
  readonly other?: LiveStore;
  /** Ends `live` as a crash would and opens a new one on what it left. */
  readonly reopen?: () => Promise<LiveStore>;
  /** Must bear stores that a test has closed already. */
  close(): Promise<void>;
}

export interface LiveContractOptions {
  /** Whether `open` gives `other`. */
  readonly several?: boolean;
  /** Whether `open` gives `reopen`. */
  readonly restarts?: boolean;
  /** False for a driver whose `close` leaves timers that end by themselves. */
  readonly sanitize?: boolean;
}

/** Registers the suite for one adapter; `open` is called once per test. */
export function liveContract(
  name: string,
  open: () => Promise<OpenedLive>,
  { several = false, restarts = false, sanitize = true }: LiveContractOptions = {},
): void {
  const register = (title: string, body: (t: LiveTest) => Promise<void>) =>
    Deno.test({
      name: `${name}: ${title}`,
      sanitizeOps: sanitize,
      sanitizeResources: sanitize,
      async fn() {
        const opened = await open();
        const { live } = opened;
        const heard = liveCollector();
        const classId = newClassId();
        try {
          live.listen(heard.listener);
          await live.join(classId);
          await body({
            live,
            classId,
            heard,
            other() {
              if (!opened.other) throw new Error("Cannot test two instances: open() gave one");
              return opened.other;
            },
            async reopen() {
              if (!opened.reopen) throw new Error("Cannot test a restart: open() gave no reopen");
              return await opened.reopen();
            },
          });
        } finally {
          await opened.close();
        }
      },
    });
  startingContract(register);
  markingContract(register);
  readingContract(register);
  updatingContract(register);
  closingContract(register);
  deliveryContract(register);
  turnsContract(register);
  modelContract(register);
  if (restarts) restartContract(register);
  if (several) instancesContract(register);
}
