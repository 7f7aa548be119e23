/** Composition root: settings → adapters → services → app → listen → drain. */
import { join } from "node:path";
import deno from "../deno.json" with { type: "json" };
import { type Adapters, dataDirectory, openAdapters, openLoginMemory } from "./open_adapters.ts";
import { createApp } from "./app.ts";
import { createLoginGuard } from "./accounts/login_guard.ts";
import { createPasswords } from "./accounts/password.ts";
import { loadSecret } from "./accounts/secret.ts";
import { createAuth } from "./accounts/sign_in.ts";
import { createTokens } from "./accounts/token.ts";
import type { Config } from "./config.ts";
import { readConfig, run } from "./environment.ts";
import { asyncApiDocument } from "./http/docs/asyncapi.ts";
import { docsApp } from "./http/docs/pages.ts";
import { healthApp } from "./http/health.ts";
import { listen } from "./http/kit/listen.ts";
import { createLogger, describeError } from "./kernel/logger.ts";
import { openApiDocument } from "./http/docs/openapi.ts";
import { createHttpLimit } from "./http/kit/rate_limit.ts";
import { staticApp } from "./http/pages/static.ts";
import type { LiveStore } from "./sessions/live_store.ts";
import { createHub } from "./realtime/hub.ts";
import { PROTOCOL } from "./realtime/protocol/protocol.ts";
import { socketApp } from "./realtime/routes.ts";
import {
  addressOf,
  banner,
  listeningOn,
  untilStopped,
  writeAtomically,
  writeToStdout,
} from "./process.ts";
import { apiRoutes } from "./routes.ts";
import { cacheClasses, type ClassCache } from "./classes/class_cache.ts";
import { cacheUsers, type UserCache } from "./accounts/user_cache.ts";
import { openTelemetry } from "./telemetry/telemetry.ts";
import { createServices } from "./services.ts";

const SWEEP_MS = 5_000;
const PURGE_MS = 3_600_000;
const IDEMPOTENCY_KEEP_MS = 24 * 3_600_000;
/** Requests a minute of one user, or of one address that has not signed in. */
const HTTP_LIMIT = { points: 1_200, windowS: 60 };
/** How long draining may take before what is left is cut off. */
const DRAIN_MS = 8_000;

export interface Service {
  /** Where it listens. */
  readonly url: string;
  /** Takes no new work, finishes what runs, tells every socket to come back later, closes. */
  drain(): Promise<void>;
}

/** The live store, with its news told to the caches before anyone acts on them. */
function forgetOnNews(
  live: LiveStore,
  { users, classes }: { users: UserCache; classes: ClassCache },
): LiveStore {
  return {
    ...live,
    listen: (listener) =>
      live.listen({
        event: (event) => listener.event(event),
        control(event) {
          if (event.type === "user") users.forget(event.userId);
          if (event.type === "class") classes.forget(event.classId);
          listener.control(event);
        },
        resync(classId) {
          if (classId === null) {
            users.forgetAll();
            classes.forgetAll();
          }
          listener.resync(classId);
        },
      }),
  };
}

/**
 * Opens everything the settings name and listens.
 * @param options.shared with other processes that listen on the same port and write to the same
 *   standard output
 */
export async function serve(
  config: Config,
  { shared = false }: { shared?: boolean } = {},
): Promise<Service> {
  const now = Date.now;
  const logger = createLogger({
    level: config.LOG_LEVEL,
    write: shared ? writeAtomically : writeToStdout,
  });
  const report = (error: unknown) =>
    logger.log("error", "background work failed", { cause: describeError(error) });

  const telemetry = await openTelemetry({ config, logger });
  const adapters: Adapters = await openAdapters(config, {
    exclusive: true,
    onError: report,
    watch: telemetry.storage,
  });
  const userCache = cacheUsers(adapters.storage.users, { now });
  const classCache = cacheClasses(adapters.storage.classes, { now });
  const storage = {
    ...adapters.storage,
    users: userCache.users,
    classes: classCache.classes,
  };
  const live = forgetOnNews(telemetry.live(adapters.live), {
    users: userCache,
    classes: classCache,
  });
  const secrets = config.JWT_SECRET ??
    [await loadSecret(join(dataDirectory(config), "jwt_secret"))];

  const passwords = createPasswords();
  // Load tests come from one address; guessing at one account stays limited all the same.
  const loginGuard = createLoginGuard({
    memory: await openLoginMemory(config, { onError: report }),
    ...(config.RATE_LIMIT ? {} : { address: null }),
  });
  const limit = config.RATE_LIMIT ? createHttpLimit(HTTP_LIMIT) : null;
  const services = createServices({
    storage,
    live,
    passwords,
    now,
    remembered: classCache.remembered,
  });
  const auth = createAuth({
    users: storage.users,
    families: storage.tokens,
    news: services.accountNews,
    report,
    tokens: await createTokens({ secrets, accessTtlMs: config.ACCESS_TOKEN_TTL, now }),
    passwords,
    loginGuard,
    signup: config.SIGNUP,
    refreshTtlMs: config.REFRESH_TOKEN_TTL,
    now,
  });
  const hub = createHub({
    live,
    ...services,
    auth,
    logger,
    now,
    frameRate: config.FRAME_RATE,
    frameObservers: telemetry.frameObservers,
  });

  const routes = apiRoutes({ ...services, auth });
  let draining = false;
  const app = createApp({
    routes,
    sockets: socketApp({
      hub,
      allowedOrigins: config.ALLOWED_ORIGINS,
      trustProxy: config.TRUST_PROXY,
    }),
    pages: [
      healthApp({ storage, live, draining: () => draining }),
      docsApp({
        openapi: () => openApiDocument(routes, deno),
        asyncapi: () => asyncApiDocument(PROTOCOL, deno),
      }),
      staticApp({ root: "static" }),
      ...telemetry.expose(hub),
    ],
    authenticate: (token) => auth.authenticate(token),
    idempotency: storage.idempotency,
    limit,
    fingerprintKey: secrets[0] ?? "",
    allowedOrigins: config.ALLOWED_ORIGINS,
    trustProxy: config.TRUST_PROXY,
    now,
    logger,
    requestObservers: telemetry.requestObservers,
  });

  // Before anyone connects: what the last process left half closed is finished now.
  await services.sessions.sweep().catch(report);
  const timers = [
    setInterval(() => services.sessions.sweep(SWEEP_MS).catch(report), SWEEP_MS),
    setInterval(() => {
      const at = now();
      Promise.all([
        storage.tokens.purge(new Date(at).toISOString()),
        storage.links.purge(new Date(at).toISOString()),
        storage.imports.purge(new Date(at).toISOString()),
        storage.idempotency.purge(new Date(at - IDEMPOTENCY_KEEP_MS).toISOString()),
      ]).catch(report);
    }, PURGE_MS),
  ];

  const address = { port: config.PORT, hostname: config.HOST };
  const server = listeningOn({ ...address, portSetting: "PORT" }, () =>
    listen(
      { ...address, reusePort: shared, logger },
      (request, info) => app.fetch(request, { address: info.remoteAddr.hostname }),
    ));
  const url = addressOf(config.HOST, server.port);
  logger.log("info", "listening", { url });

  return {
    url,
    async drain() {
      draining = true;
      for (const timer of timers) clearInterval(timer);
      const deadline = Promise.withResolvers<void>();
      const timeout = setTimeout(deadline.resolve, DRAIN_MS);
      await Promise.race([
        deadline.promise,
        hub.drain().then(() => server.shutdown()),
      ]);
      clearTimeout(timeout);
      loginGuard.close();
      limit?.close();
      await adapters.close();
      await telemetry.close();
      logger.log("info", "stopped");
      logger.flush();
    },
  };
}

/** Serves in this process alone until it is stopped. */
export async function runService(config: Config): Promise<void> {
  const service = await serve(config);
  console.error(banner(service.url));
  untilStopped(() => service.drain());
}

if (import.meta.main) await run(() => runService(readConfig()));
