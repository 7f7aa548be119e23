/** Connections to Redis: one for commands, one for listening; errors made ours. */
import { Cluster, Redis, type RedisOptions } from "ioredis";
import { AppError, type ErrorCode, ERRORS } from "../../kernel/errors.ts";
import type { RedisTarget } from "./url.ts";

export type Connection = Redis | Cluster;

/** Milliseconds after which an unanswered command counts as failed. */
const COMMAND_DEADLINE_MS = 2_000;
const CONNECT_DEADLINE_MS = 2_000;
/** Milliseconds without an answer after which a line counts as dead, and another one is made. */
const SILENCE_DEADLINE_MS = 5_000;

/** Retries start fast and stay below a second: recovery must not wait on a timer. */
const retryDelay = (attempt: number): number => Math.min(50 * attempt, 500);

/** An error without the command it came from: that holds a password, or what people wrote. */
export function withoutCommand(error: unknown): unknown {
  if (error instanceof Error) Reflect.deleteProperty(error, "command");
  return error;
}

/**
 * Opens a connection that fails fast while the server is away and comes back by itself.
 * @param onError told of connection trouble, once until there is a connection again
 */
export function connect(
  target: RedisTarget,
  { name, onError, listening = false, deadlineMs = COMMAND_DEADLINE_MS }: {
    name: string;
    /** Milliseconds after which an unanswered command counts as failed. */
    deadlineMs?: number;
    onError: (error: unknown) => void;
    /** For pub/sub: it waits for the server and subscribes again. */
    listening?: boolean;
  },
): Connection {
  const common = {
    connectionName: name,
    ...(target.username ? { username: target.username } : {}),
    ...(target.password ? { password: target.password } : {}),
    ...(target.tls ? { tls: {} } : {}),
    connectTimeout: CONNECT_DEADLINE_MS,
    ...(listening ? {} : { commandTimeout: deadlineMs }),
    socketTimeout: SILENCE_DEADLINE_MS,
    keepAlive: 10_000,
    maxRetriesPerRequest: listening ? null : 0,
    enableOfflineQueue: listening,
    autoResendUnfulfilledCommands: false,
    retryStrategy: retryDelay,
    // A master that was demoted: the next connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    lazyConnect: true,
  } satisfies RedisOptions;
  const connection = target.kind === "cluster"
    ? new Cluster(target.nodes.map((node) => ({ ...node })), {
      redisOptions: common,
      clusterRetryStrategy: retryDelay,
      enableOfflineQueue: listening,
      // Sent again, what was carried out before its line broke would count twice.
      ...(listening ? {} : { retryDelayOnFailover: 0 }),
      slotsRefreshTimeout: CONNECT_DEADLINE_MS,
      shardedSubscribers: true,
      lazyConnect: true,
    })
    : target.kind === "sentinel"
    ? new Redis({
      ...common,
      sentinels: target.nodes.map((node) => ({ ...node })),
      name: target.master ?? "mymaster",
      db: target.db,
      ...(target.sentinelUsername ? { sentinelUsername: target.sentinelUsername } : {}),
      ...(target.sentinelPassword ? { sentinelPassword: target.sentinelPassword } : {}),
      ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      sentinelRetryStrategy: retryDelay,
    })
    : new Redis({
      ...common,
      host: target.nodes[0]?.host ?? "127.0.0.1",
      port: target.nodes[0]?.port ?? 6379,
      db: target.db,
    });
  let failing = false;
  connection.on("ready", () => failing = false);
  connection.on("error", (error) => {
    if (!failing) onError(withoutCommand(error));
    failing = true;
  });
  return connection;
}

/**
 * Subscribing and connecting wait for the server as long as it takes; who asked for it does not.
 * @throws AppError `live_unavailable` then
 */
export async function inTime<T>(work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new AppError("live_unavailable")),
    COMMAND_DEADLINE_MS,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Connects. Being unreachable at the start is no reason to end: it goes on trying. */
export const begin = (connection: Connection): Promise<void> =>
  inTime(connection.connect()).catch(() => {});

const isCode = (text: string): text is ErrorCode => text in ERRORS;

/** What the driver says of commands that it has not sent. */
const NOT_DONE = /Stream isn't writeable|Cluster isn't ready|None of startup nodes/;

/** Whether nobody knows if what failed thus was carried out. */
const isUnanswered = ({ code, cause }: AppError): boolean =>
  code === "live_unavailable" && cause instanceof Error && cause.name !== "ReplyError" &&
  !NOT_DONE.test(cause.message);

/** The error of a change: where no answer came, it says that the change may have been made. */
export function changeError(error: unknown): AppError {
  const known = liveError(error);
  if (!isUnanswered(known)) return known;
  return new AppError("live_unavailable", {
    detail: "Live attendance did not answer in time: the change may or may not be stored",
    cause: known.cause,
  });
}

/** What a script refused (`LA code …`) as our error; anything else means Redis did not answer. */
export function liveError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const [, code = "", rest] = /^(?:ERR )?LA (\w+)(?: (.*))?$/.exec(message) ?? [];
  if (!isCode(code)) return new AppError("live_unavailable", { cause: withoutCommand(error) });
  return code === "student_not_enrolled" && rest
    ? new AppError(code, { detail: `Student ${rest} is not enrolled in this class` })
    : new AppError(code);
}
