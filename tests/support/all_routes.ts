/** The whole route table on real embedded stores, for tests that walk it. */
import { createLoginGuard } from "../../src/accounts/login_guard.ts";
import { createPasswords } from "../../src/accounts/password.ts";
import { createAuth } from "../../src/accounts/sign_in.ts";
import { createTokens } from "../../src/accounts/token.ts";
import type { Route } from "../../src/http/kit/route.ts";
import { createEmbeddedLive } from "../../src/adapters/embedded/live_store.ts";
import { apiRoutes } from "../../src/routes.ts";
import { openDatabase } from "../../src/adapters/sqlite/database.ts";
import { createSqliteStorage } from "../../src/adapters/sqlite/storage.ts";
import { createServices } from "../../src/services.ts";

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
    const services = createServices({ storage, live, passwords, now });
    const auth = createAuth({
      users: storage.users,
      families: storage.tokens,
      news: services.accountNews,
      report(error) {
        throw error;
      },
      tokens: await createTokens({ secrets: ["x".repeat(32)], accessTtlMs: 60_000, now }),
      passwords,
      loginGuard,
      signup: "open",
      refreshTtlMs: 60_000,
      now,
    });
    await work(apiRoutes({ ...services, auth }));
  } finally {
    loginGuard.close();
    await live.close();
    await storage.close();
  }
}
