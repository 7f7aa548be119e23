/**
 * Limits how often passwords can be guessed. Counted are failures only, three ways: of one account
 * from one address, from one address over all accounts, and of one account over all addresses. The
 * last one stops slow guessing over many addresses; who signed in to the account from an address
 * before is exempt from it there, so that strangers cannot lock a user out.
 */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { AppError } from "../errors.ts";
import { networkOf } from "./address.ts";
import { createGate } from "./gate.ts";

export interface FailureLimit {
  /** Failures allowed per window. */
  readonly failures: number;
  /** Seconds from the first failure until it is forgotten; at most 24 days. */
  readonly windowS: number;
}

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

/** Pairs of account and address remembered at most. */
const FAMILIAR = 100_000;

/**
 * Guesses of one address that are checked at once. Those beyond wait, so a burst runs past the
 * limit by less than this, and a school that signs in behind one address is not refused.
 */
const AT_ONCE_PER_ADDRESS = 8;

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
  }: {
    accountAddress?: FailureLimit;
    address?: FailureLimit | null;
    account?: FailureLimit;
  } = {},
): LoginGuard {
  const limiter = ({ failures, windowS }: FailureLimit) =>
    new RateLimiterMemory({ points: failures, duration: windowS, keyPrefix: "" });
  const perPair = limiter(accountAddress);
  const perAddress = address && limiter(address);
  const perAccount = limiter(account);
  const oneByOne = createGate(1);
  const fewAtOnce = createGate(AT_ONCE_PER_ADDRESS);
  const familiar = new Set<string>();

  const refuseSpent = async (limits: readonly Counter[]) => {
    for (const { limiter, key } of limits) {
      const found = await limiter.get(key);
      if (found && found.consumedPoints >= limiter.points && found.msBeforeNext > 0) {
        throw new AppError("rate_limited", {
          detail: "Too many failed sign-ins; try again later",
          retryAfterS: Math.ceil(found.msBeforeNext / 1000),
          limit: limiter.points,
        });
      }
    }
  };

  const remember = (pair: string) => {
    familiar.delete(pair);
    familiar.add(pair);
    if (familiar.size <= FAMILIAR) return;
    for (const oldest of familiar) {
      familiar.delete(oldest);
      break;
    }
  };

  return {
    attempt({ account, address }, check) {
      const network = networkOf(address);
      const pair = `${network} ${account}`;
      return fewAtOnce(network, () =>
        oneByOne(account, async () => {
          const counters: Counter[] = [{ limiter: perPair, key: pair }];
          if (perAddress) counters.push({ limiter: perAddress, key: network });
          if (!familiar.has(pair)) counters.push({ limiter: perAccount, key: account });
          await refuseSpent(counters);
          const proved = await check();
          if (proved === null) {
            await Promise.all(counters.map(({ limiter, key }) => limiter.penalty(key)));
          } else {
            await perPair.delete(pair);
            remember(pair);
          }
          return proved;
        }));
    },
    close() {
      for (const limiter of [perPair, perAddress, perAccount]) {
        for (const { key } of limiter?.dump().storage ?? []) void limiter?.delete(key);
      }
      familiar.clear();
    },
  };
}

interface Counter {
  readonly limiter: RateLimiterMemory;
  readonly key: string;
}
