/** Requests that may be repeated: the port that keeps their answers, and the middleware. */
import { createMiddleware } from "hono/factory";
import { createHmac } from "node:crypto";
import { AppError } from "../../kernel/errors.ts";
import { describeError, type Logger } from "../../kernel/logger.ts";
import { answer } from "./answer.ts";
import type { AppEnv } from "./context.ts";
import { PROBLEM_TYPE } from "./problem.ts";

/** Port: answers kept for a repeated `Idempotency-Key`. */
export interface IdempotencyStore {
  /**
   * Claims a key. `fresh`: the caller runs the request and must `finish` or `release` it.
   * A claim left unfinished for longer than `staleMs` may be claimed anew. Another fingerprint is a
   * `mismatch` whatever state the first request is in.
   */
  claim(input: {
    readonly userId: number;
    readonly key: string;
    /** Hash of method, path and body. */
    readonly fingerprint: string;
    readonly at: string;
    readonly staleMs: number;
  }): Promise<
    | { readonly outcome: "fresh" }
    | { readonly outcome: "in_flight" }
    | { readonly outcome: "mismatch" }
    | { readonly outcome: "done"; readonly status: number; readonly body: string }
  >;
  /** Keeps the answer; the first one kept stays. */
  finish(input: {
    readonly userId: number;
    readonly key: string;
    /** The claim's `at`: who came too late keeps nothing of another one's claim. */
    readonly at: string;
    readonly status: number;
    readonly body: string;
  }): Promise<void>;
  /** Forgets this claim, where it has no answer. */
  release(claim: {
    readonly userId: number;
    readonly key: string;
    readonly at: string;
  }): Promise<void>;
  /** Forgets keys claimed before `before`. */
  purge(before: string): Promise<void>;
}

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Whether a repeat is to hear the same; what says when to come back may be asked anew. */
const isFinal = ({ status, headers }: Response): boolean =>
  status < 500 && !headers.has("retry-after");

/**
 * Runs a request with an `Idempotency-Key` once: a repeat gets the first answer again.
 * @param fingerprintKey keys the fingerprints of requests: a body can hold a password
 * @param now Unix time in milliseconds
 * @param staleMs after which an unfinished claim is taken for abandoned
 */
export const idempotency = (
  { store, fingerprintKey, now, logger, staleMs = 60_000 }: {
    store: Pick<IdempotencyStore, "claim" | "finish" | "release">;
    fingerprintKey: string;
    now: () => number;
    logger: Logger;
    staleMs?: number;
  },
) => {
  const fingerprintOf = (method: string, path: string, body: string) =>
    createHmac("sha256", fingerprintKey).update(`${method} ${path}\n${body}`).digest("hex");

  return createMiddleware<AppEnv>(async function idempotency(c, next) {
    const key = c.req.header("idempotency-key");
    if (key === undefined) return await next();
    if (!KEY.test(key)) {
      throw new AppError("invalid_request", {
        detail: "Idempotency-Key: must be 1 to 255 visible ASCII characters",
      });
    }
    const own = { userId: c.get("actor").userId, key, at: new Date(now()).toISOString() };
    const path = c.req.path.replace(/\/$/, "");
    const claim = await store.claim({
      ...own,
      fingerprint: fingerprintOf(c.req.method, path, c.get("body") ?? ""),
      staleMs,
    });
    if (claim.outcome === "in_flight") throw new AppError("idempotency_in_flight");
    if (claim.outcome === "mismatch") throw new AppError("idempotency_mismatch");
    if (claim.outcome === "done") {
      const { status, body } = claim;
      return answer(c, status, body || null, status < 400 ? {} : { type: PROBLEM_TYPE });
    }
    await next();
    try {
      if (!isFinal(c.res)) await store.release(own);
      else await store.finish({ ...own, status: c.res.status, body: c.get("text") });
    } catch (cause) {
      // It is done: the caller hears so. The claim stays, so that a repeat does not do it again.
      logger.log("error", "an answer could not be kept for repeats", {
        requestId: c.get("info").id,
        cause: describeError(cause),
      });
    }
  });
};
