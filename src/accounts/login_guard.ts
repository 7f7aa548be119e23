/**
 * Limits how often passwords can be guessed. Counted are failures only, three ways: of one account
 * from one address, from one address over all accounts, and of one account over all addresses. The
 * last one stops slow guessing over many addresses; who signed in to the account from an address
 * before is exempt from it there, so that strangers cannot lock a user out.
 */
import { createHash } from "node:crypto";
import { AppError } from "../kernel/errors.ts";
import { networkOf } from "../kernel/address.ts";
import { createGate } from "./gate.ts";
import { createLocalLoginMemory } from "./local_login_memory.ts";
import type { Counts, FailureLimit, LoginMemory } from "./login_memory.ts";

export interface LoginGuard {
  /**
   * Runs one attempt to prove a password: null from `check` is a failure and counts, anything else
   * a success, which forgives the account's failures from this address.
   * @param account the same for each of a user's handles
   * @throws AppError `rate_limited`, and what `check` throws (not counted)
   */
  attempt<T>(
    who: { readonly account: string; readonly address: string },
    check: () => Promise<T | null>,
  ): Promise<T | null>;
  /** Forgets everything. */
  close(): void;
}

/**
 * Guesses of one address that are checked at once. Those beyond wait, so a burst runs past the
 * limit by less than this, and a school that signs in behind one address is not refused.
 */
const AT_ONCE_PER_ADDRESS = 8;

/** Seconds for which an address stays familiar to an account after a sign-in. */
const FAMILIAR_S = 24 * 24 * 3600;

/** Keys are not kept in the clear: a handle may be a password that was typed into the wrong field. */
const digest = (key: string): string => createHash("sha256").update(key).digest("base64url");

/**
 * @param accountAddress of one account from one address
 * @param address from one address, whatever the account; null lifts it
 * @param account of one account from all addresses that are not familiar to it (NIST SP 800-63B
 *   5.2.2 allows 100)
 */
export function createLoginGuard(
  {
    accountAddress = { failures: 10, windowS: 15 * 60 },
    address = { failures: 100, windowS: 15 * 60 },
    account = { failures: 100, windowS: 24 * 3600 },
    memory = createLocalLoginMemory(),
  }: {
    accountAddress?: FailureLimit;
    address?: FailureLimit | null;
    account?: FailureLimit;
    memory?: LoginMemory;
  } = {},
): LoginGuard {
  const limit = (name: string, of: FailureLimit): Limit => ({
    of,
    counts: memory.counts(name, of),
  });
  const perPair = limit("pair", accountAddress);
  const perAddress = address && limit("address", address);
  const perAccount = limit("account", account);
  const familiar = memory.counts("familiar", { failures: 1, windowS: FAMILIAR_S });
  const oneByOne = createGate(1);
  const fewAtOnce = createGate(AT_ONCE_PER_ADDRESS);

  const refuseSpent = async (keys: readonly Key[]) => {
    const spent = await Promise.all(keys.map(async ({ limit, key }) => {
      const found = await limit.counts.get(key);
      return found !== null && found.consumedPoints >= limit.of.failures && found.msBeforeNext > 0
        ? [{ limit: limit.of.failures, msLeft: found.msBeforeNext }]
        : [];
    }));
    const [first] = spent.flat();
    if (first === undefined) return;
    throw new AppError("rate_limited", {
      detail: "Too many failed sign-ins; try again later",
      retryAfterS: Math.ceil(first.msLeft / 1000),
      limit: first.limit,
    });
  };

  return {
    attempt({ account, address }, check) {
      const network = networkOf(address);
      const pair = digest(`${network} ${account}`);
      const guessed = digest(account);
      return fewAtOnce(network, () =>
        oneByOne(account, async () => {
          const keys: Key[] = [{ limit: perPair, key: pair }];
          if (perAddress) keys.push({ limit: perAddress, key: digest(network) });
          if (!await familiar.get(pair)) keys.push({ limit: perAccount, key: guessed });
          await refuseSpent(keys);
          const proved = await check();
          if (proved === null) {
            await Promise.all(keys.map(({ limit, key }) => limit.counts.penalty(key)));
          } else {
            await Promise.all([perPair.counts.delete(pair), familiar.set(pair, 1, FAMILIAR_S)]);
          }
          return proved;
        }));
    },
    close: () => memory.close(),
  };
}

interface Limit {
  readonly of: FailureLimit;
  readonly counts: Counts;
}

interface Key {
  readonly limit: Limit;
  readonly key: string;
}
