/** What travels with a request through the chain of middlewares. */
import type { Actor } from "../../kernel/actor.ts";
import type { AppError } from "../../kernel/errors.ts";

/** What logs, metrics and traces tell of a request. */
export interface RequestInfo {
  readonly id: string;
  /** The caller's network address. */
  readonly address: string;
  /** Pattern of the matched route. */
  route: string | null;
  userId: number | null;
  /** Why it failed inside; logged, never sent. */
  failure: AppError | null;
}

/** Shows that its actor was let into a class; what else it tells is known to who gives it out. */
export interface Pass {
  readonly actor: Actor;
}

export type AppEnv = {
  /** What the server knows of the connection; absent under `app.request()`. */
  Bindings: { address?: string };
  Variables: {
    info: RequestInfo;
    /** Set by `authenticate`. */
    actor: Actor;
    /** Set by `classAccess`. */
    pass: Pass;
    /** The body's text as the route reads it, set by `body`; absent where the route takes none. */
    body: string | undefined;
    /** The answer's text, set by `answer`; empty where it has none. */
    text: string;
  };
};
