/** The whole route table on real embedded stores, for tests that walk it. */
import { createAttendance } from "../../src/attendance/service.ts";
import { createLoginGuard } from "../../src/auth/login_guard.ts";
import { createPasswords } from "../../src/auth/password.ts";
import { createAuth } from "../../src/auth/service.ts";
import { createTokens } from "../../src/auth/token.ts";
import { createClasses } from "../../src/classes/service.ts";
import type { Route } from "../../src/http/route.ts";
import { createEmbeddedLive } from "../../src/live/embedded/live_store.ts";
import { apiRoutes } from "../../src/routes.ts";
import { openDatabase } from "../../src/storage/sqlite/database.ts";
import { createSqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { createUsers } from "../../src/users/service.ts";

/** Runs `work` with every route that the service has. */
export async function withAllRoutes(
  work: (routes: readonly Route[]) => Promise<void> | void,
): Promise<void> {
  const now = Date.now;
  const db = openDatabase({ path: ":memory:" });
  const storage = createSqliteStorage(db);
  const live = createEmbeddedLive({ db });
  const passwords = createPasswords();
  const loginGuard = createLoginGuard();
  try {
    const auth = createAuth({
      storage,
      tokens: await createTokens({ secrets: ["x".repeat(32)], accessTtlMs: 60_000, now }),
      passwords,
      loginGuard,
      signup: "open",
      refreshTtlMs: 60_000,
      now,
    });
    const classes = createClasses({ storage, live, now });
    const attendance = createAttendance({
      storage,
      live,
      classes,
      now,
      uuid: () => crypto.randomUUID(),
    });
    const users = createUsers({ storage, live, passwords, now });
    await work(apiRoutes({ auth, users, classes, attendance }));
  } finally {
    loginGuard.close();
    await live.close();
    await storage.close();
  }
}
