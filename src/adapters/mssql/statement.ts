/** T-SQL kept as data: its text, the types of its parameters, the rows it returns. */

/** The type of a parameter. */
export type Param =
  | { readonly type: "id" | "int" | "bit" }
  /** DATETIME2(3); the value is an ISO 8601 string in UTC. */
  | { readonly type: "time" }
  /** NVARCHAR, or VARCHAR for what the service itself writes in ASCII; `size` in characters. */
  | { readonly type: "text" | "ascii"; readonly size: number }
  /** NVARCHAR(MAX). */
  | { readonly type: "max" };

export type Params = Readonly<Record<string, Param>>;

export type Value = number | string | boolean | null;

type ValueOf<P extends Param> = P extends { readonly type: "id" | "int" } ? number | null
  : P extends { readonly type: "bit" } ? boolean | null
  : string | null;

export type Values<P extends Params> = { readonly [Name in keyof P]: ValueOf<P[Name]> };

/** `R`: the row type of each result set, in order. */
export interface Statement<P extends Params, R extends readonly unknown[]> {
  readonly text: string;
  readonly params: P;
  /** Running it once more does no harm, also where nobody knows whether it ran. */
  readonly repeatable: boolean;
  /** Milliseconds after which it is cancelled. */
  readonly timeoutMs: number;
  /** For the types only; never set. */
  readonly rows?: R;
}

export const ID = { type: "id" } as const;
export const INT = { type: "int" } as const;
export const BIT = { type: "bit" } as const;
export const TIME = { type: "time" } as const;
export const MAX_TEXT = { type: "max" } as const;
export const text = <N extends number>(size: N) => ({ type: "text", size }) as const;
export const ascii = <N extends number>(size: N) => ({ type: "ascii", size }) as const;

const TIMEOUT_MS = 5_000;

/** Makes statements that return these rows: `returning<[UserRow]>()({ id: ID }, "SELECT …")`. */
export const returning = <R extends readonly unknown[]>() =>
<P extends Params>(
  params: P,
  text: string,
  { repeatable = false, timeoutMs = TIMEOUT_MS }: { repeatable?: boolean; timeoutMs?: number } = {},
): Statement<P, R> => ({ text, params, repeatable, timeoutMs });

/** A statement that only reads. */
export const reading =
  <R extends readonly unknown[]>() => <P extends Params>(params: P, text: string) =>
    returning<R>()(params, text, { repeatable: true });
