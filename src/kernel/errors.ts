/**
 * Every way a request can fail, in one table: stable code → HTTP status, public title, retryable.
 * The table is part of the API: codes are never renamed, and OpenAPI lists them from here.
 */

interface ErrorSpec {
  /** HTTP status; WebSocket clients see only `code` and the message. */
  readonly status: number;
  /** Public text, used where the thrower gives none of its own. */
  readonly title: string;
  /** Whether the same request may succeed later without the caller changing it. */
  readonly retryable?: true;
}

const spec = (status: number, title: string, retryable?: true): ErrorSpec =>
  retryable ? { status, title, retryable } : { status, title };

export const ERRORS = {
  invalid_json: spec(400, "Invalid JSON format"),
  invalid_request: spec(400, "The request has invalid fields"),
  weak_password: spec(400, "The password is too easy to guess"),
  invalid_cursor: spec(400, "The cursor is not one this service gave out"),
  authentication_required: spec(
    401,
    "Authentication required. Please provide a valid JWT token.",
  ),
  invalid_credentials: spec(401, "Invalid email or password"),
  token_invalid: spec(401, "The token is not valid"),
  token_expired: spec(401, "The token has expired"),
  token_reused: spec(401, "The refresh token was used before; sign in again"),
  account_inactive: spec(401, "This account is not active"),
  forbidden: spec(403, "You may not do this"),
  signup_closed: spec(403, "Sign-up is closed; ask an administrator for an account"),
  origin_forbidden: spec(403, "This origin may not connect"),
  not_found: spec(404, "There is nothing at this address"),
  user_not_found: spec(404, "User not found"),
  student_not_found: spec(404, "Student not found"),
  student_not_enrolled: spec(404, "Student is not enrolled in this class"),
  class_not_found: spec(404, "Class not found"),
  session_not_found: spec(404, "Session not found"),
  record_not_found: spec(404, "Attendance record not found"),
  no_active_session: spec(404, "No active attendance session for this class"),
  method_not_allowed: spec(405, "This method is not allowed here"),
  session_already_active: spec(409, "Active session already exists for this class"),
  session_running: spec(409, "End or cancel the running attendance session first"),
  email_taken: spec(409, "A user with this email already exists"),
  username_taken: spec(409, "A user with this username already exists"),
  number_taken: spec(409, "A user with this number already exists"),
  external_id_taken: spec(409, "Another one has this external id already"),
  class_name_taken: spec(409, "This teacher already has a class of this name"),
  class_name_ambiguous: spec(409, "Several classes have this name; use the id"),
  last_admin: spec(409, "The last active administrator cannot be removed"),
  role_in_use: spec(409, "The user still has classes or enrolments in the present role"),
  idempotency_in_flight: spec(
    409,
    "The first request with this Idempotency-Key is still running",
    true,
  ),
  payload_too_large: spec(413, "The request body is too large"),
  idempotency_mismatch: spec(422, "This Idempotency-Key was used with another request"),
  upgrade_required: spec(426, "Connect to this address with a WebSocket"),
  rate_limited: spec(429, "Too many requests", true),
  internal: spec(500, "Something went wrong on our side"),
  storage_unavailable: spec(503, "The database cannot be reached right now", true),
  live_unavailable: spec(503, "Live attendance cannot be reached right now", true),
  shutting_down: spec(503, "The service is restarting", true),
  unknown_event: spec(400, "Unknown event"),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

/** One wrong field: `path` in dotted form (`marks.0.status`), `message` for people. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface AppErrorOptions {
  /** Public text; the table's title where absent. */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds after which a retry makes sense (`Retry-After`). */
  readonly retryAfterS?: number;
  /** Of a limit that was reached: how many requests it allows per window. */
  readonly limit?: number;
  /** Extra public fields of the problem document. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** What really happened: logged, never sent. */
  readonly cause?: unknown;
}

/** The one error type that services throw; each transport maps it once. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterS: number | undefined;
  readonly limit: number | undefined;
  readonly extra: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    const found: ErrorSpec = ERRORS[code];
    super(options.detail ?? found.title, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.status = found.status;
    this.errors = options.errors;
    this.retryAfterS = options.retryAfterS ?? (found.retryable ? 1 : undefined);
    this.limit = options.limit;
    this.extra = options.extra;
  }
}

/** What a transport may show of any thrown value: itself if it is an AppError, else `internal`. */
export function toAppError(thrown: unknown): AppError {
  return thrown instanceof AppError ? thrown : new AppError("internal", { cause: thrown });
}
