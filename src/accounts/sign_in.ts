/** Signing up, signing in, and staying signed in. */
import { createHash } from "node:crypto";
import { AppError } from "../kernel/errors.ts";
import type { StoredUser, TokenStore, UserStore } from "./store.ts";
import type { Actor, Role } from "../kernel/actor.ts";
import { handleKey } from "../kernel/names.ts";
import type { LoginGuard } from "./login_guard.ts";
import { checkPassword, type Passwords } from "./password.ts";
import type { AccountNews } from "./news.ts";
import type { Tokens, TokenSubject } from "./token.ts";

/** Who may sign up: teachers and students, students only, nobody. */
export type SignupPolicy = "open" | "students" | "closed";

export interface TokenPair {
  readonly access: string;
  readonly refresh: string;
}

export interface Auth {
  /** @throws AppError `signup_closed`, `weak_password`, `email_taken`, `username_taken` */
  signup(input: {
    readonly username: string;
    readonly email: string;
    readonly password: string;
    readonly role: Exclude<Role, "ADMIN">;
  }): Promise<StoredUser>;
  /**
   * Unknown handle, wrong password and inactive account answer the same, in the same time.
   * @param input.handle email or username
   * @throws AppError `invalid_credentials`, `rate_limited`
   */
  login(input: {
    readonly handle: string;
    readonly password: string;
    readonly address: string;
  }): Promise<TokenPair>;
  /**
   * Trades a refresh token for new tokens. Each works once: presenting a used one revokes all that
   * came from the same sign-in.
   * @throws AppError `token_invalid`, `token_reused`, `account_inactive`
   */
  refresh(token: string): Promise<TokenPair>;
  /** Ends the sign-in this refresh token comes from; unknown tokens are no error. */
  logout(token: string): Promise<void>;
  /**
   * Ends every sign-in of the user: refresh families, access tokens, sockets.
   * @throws AppError `invalid_request` (wrong present password), `weak_password`, `rate_limited`
   */
  changePassword(actor: Actor, input: {
    readonly current: string;
    readonly next: string;
    readonly address: string;
  }): Promise<void>;
  /**
   * Whose access token it is, as storage knows them now.
   * @throws AppError `token_invalid`, `token_expired`, `account_inactive`
   */
  authenticate(token: string): Promise<Actor>;
  /** @throws AppError `token_invalid`, `token_expired`, `account_inactive` */
  authenticateToken(
    token: string,
  ): Promise<{ readonly actor: Actor; readonly expiresAtMs: number }>;
  /** The signed-in user. @throws AppError `token_invalid`, `account_inactive` */
  me(actor: Actor): Promise<StoredUser>;
}

const SIGNUP_REFUSALS: Readonly<Record<SignupPolicy, string>> = {
  open: "",
  students: "Only students can sign up; ask an administrator for a teacher's account",
  closed: "Sign-up is closed; ask an administrator for an account",
};

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

const randomText = (randomBytes: (length: number) => Uint8Array<ArrayBuffer>) =>
  randomBytes(32).toBase64({ alphabet: "base64url", omitPadding: true });

function wrongPassword(): AppError {
  const message = "is not the present password";
  return new AppError("invalid_request", {
    detail: `current: ${message}`,
    errors: [{ path: "current", message }],
  });
}

function activeUser(user: StoredUser | null): StoredUser {
  if (!user) throw new AppError("token_invalid");
  if (!user.active) throw new AppError("account_inactive");
  return user;
}

const actorOf = ({ id, role }: StoredUser): Actor => ({ userId: id, role });
const subjectOf = ({ id, role, generation }: StoredUser): TokenSubject => ({
  userId: id,
  role,
  generation,
});

/** The actor of one request, with what was read to know them: `me` need not read it again. */
class SignedIn implements Actor {
  readonly userId: number;
  readonly role: Role;

  constructor(readonly user: StoredUser) {
    this.userId = user.id;
    this.role = user.role;
  }
}

const accountOf = (userId: number) => `user:${userId}`;

/** @param refreshTtlMs life of a refresh token in milliseconds, anew with each rotation */
export function createAuth(
  {
    users,
    families,
    news,
    report,
    tokens,
    passwords,
    loginGuard,
    signup: policy,
    refreshTtlMs,
    now,
    randomBytes = (length) => crypto.getRandomValues(new Uint8Array(length)),
  }: {
    users: UserStore;
    families: TokenStore;
    news: Pick<AccountNews, "changed">;
    /** Told of news that could not be spread. */
    report: (error: unknown) => void;
    tokens: Tokens;
    passwords: Passwords;
    loginGuard: LoginGuard;
    signup: SignupPolicy;
    refreshTtlMs: number;
    now: () => number;
    randomBytes?: (length: number) => Uint8Array<ArrayBuffer>;
  },
): Auth {
  const times = () => {
    const at = now();
    return {
      at: new Date(at).toISOString(),
      expiresAt: new Date(at + refreshTtlMs).toISOString(),
    };
  };

  const prove = async (handle: string, password: string) => {
    const user = await users.byHandle(handle);
    // Without a password nobody signs in; that takes as long as with a wrong one.
    if (!user?.passwordHash) {
      await passwords.verifyDummy(password);
      return null;
    }
    const right = await passwords.verify(user.passwordHash, password);
    return right && user.active ? user : null;
  };

  const signIn = async (handle: string, password: string): Promise<TokenPair | null> => {
    const user = await prove(handle, password);
    if (!user) return null;
    const refresh = randomText(randomBytes);
    const hash = sha256(refresh);
    const { at, expiresAt } = times();
    await families.create({
      hash,
      family: crypto.randomUUID(),
      userId: user.id,
      expiresAt,
      at,
    });
    // The password may have been changed while it was being checked, and with that every family
    // revoked but this new one.
    const present = await users.withHash(user.id);
    if (!present?.active || present.passwordHash !== user.passwordHash) {
      await families.revokeFamily(hash);
      return null;
    }
    return { access: await tokens.issue(subjectOf(present)), refresh };
  };

  /** Whose token it is. @throws AppError `token_invalid`, `token_expired`, `account_inactive` */
  const bearer = async (token: string) => {
    const { userId, generation, expiresAtMs } = tokens.recall(token) ?? await tokens.verify(token);
    let user = activeUser(await users.byId(userId));
    // The token is younger than what is remembered of the user.
    if (user.generation < generation) user = activeUser(await users.withHash(userId));
    // Every sign-in before was ended: by a new password, a reset, or a log-out of all.
    if (user.generation !== generation) throw new AppError("token_invalid");
    return { user, expiresAtMs };
  };

  return {
    async signup({ username, email, password, role }) {
      if (policy === "closed" || (policy === "students" && role !== "STUDENT")) {
        throw new AppError("signup_closed", { detail: SIGNUP_REFUSALS[policy] });
      }
      checkPassword(password, { username, email });
      const passwordHash = await passwords.hash(password);
      return await users.create({ username, email, passwordHash, role, at: times().at });
    },

    async login({ handle, password, address }) {
      const known = await users.byHandle(handle);
      const account = known ? accountOf(known.id) : `handle:${handleKey(handle)}`;
      const pair = await loginGuard.attempt(
        { account, address },
        () => signIn(handle, password),
      );
      if (!pair) throw new AppError("invalid_credentials");
      return pair;
    },

    async refresh(token) {
      const next = randomText(randomBytes);
      const { at, expiresAt } = times();
      const turn = await families.rotate({
        hash: sha256(token),
        nextHash: sha256(next),
        nextExpiresAt: expiresAt,
        at,
      });
      if (turn.outcome === "unknown") throw new AppError("token_invalid");
      if (turn.outcome === "reused") throw new AppError("token_reused");
      const { id, role } = activeUser(await users.byId(turn.userId));
      const subject = { userId: id, role, generation: turn.generation };
      return { access: await tokens.issue(subject), refresh: next };
    },

    logout: (token) => families.revokeFamily(sha256(token)),

    async changePassword({ userId }, { current, next, address }) {
      const user = await users.withHash(userId);
      if (!user) throw new AppError("token_invalid");
      const from = user.passwordHash;
      const right = await loginGuard.attempt(
        { account: accountOf(userId), address },
        async () => (from !== null && await passwords.verify(from, current)) || null,
      );
      if (!right || from === null) throw wrongPassword();
      checkPassword(next, user, "next");
      const to = await passwords.hash(next);
      // Another one may have been set while this one was being checked.
      if (!await users.replacePassword(userId, { from, to })) throw wrongPassword();
      // The password is set. Who misses the news hears of it when a token is looked at again.
      await news.changed(userId).catch(report);
    },

    async authenticate(token) {
      return new SignedIn((await bearer(token)).user);
    },

    async authenticateToken(token) {
      const { user, expiresAtMs } = await bearer(token);
      return { actor: actorOf(user), expiresAtMs };
    },

    async me(actor) {
      if (actor instanceof SignedIn) return actor.user;
      return activeUser(await users.byId(actor.userId));
    },
  };
}
