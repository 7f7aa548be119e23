import { ApiError } from "./api.js";
import { backoffMs } from "./backoff.js";
import { lifetimeOf } from "./token.js";

/** @typedef {import("./api.js").Api} Api */
/** @typedef {import("./api.js").User} User */

const STORE_KEY = "live-attendance";
/** The part of its life after which a token is renewed. */
const RENEW_AT = 0.7;
/** The part of its life after which a warning of the server counts. */
const WARNED_AT = 0.5;
/** The part of its life after which it is not used before it has been renewed. */
const NEARLY_OVER_AT = 0.97;
/** setTimeout cannot wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Who is signed in, and their tokens.
 *
 * The tokens outlive a reload in sessionStorage, written when the page goes and taken out when it
 * comes: a duplicated tab finds nothing there, since two tabs using one refresh token would look
 * like theft to the server.
 *
 * @param {object} deps
 * @param {() => Api} deps.api
 * @param {() => void} deps.onChange signed in or out
 * @param {() => void} deps.onRenewed a new access token is there
 * @param {(why: string) => void} deps.onEnded signed out by the server
 */
export function createAccount({ api, onChange, onRenewed, onEnded }) {
  /** @type {User | null} */
  let user = null;
  /** @type {{ access: string, refresh: string | null, keptAtMs: number, lengthMs: number } | null} */
  let tokens = null;
  /** @type {Promise<boolean> | null} */
  let renewing = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let failures = 0;

  /** @param {number} ms */
  function renewIn(ms) {
    clearTimeout(timer);
    timer = setTimeout(() => void renew(), Math.min(ms, LONGEST_TIMER_MS));
  }

  /**
   * @param {string} access
   * @param {string | null} refresh
   */
  function keep(access, refresh) {
    const life = lifetimeOf(access);
    // Counted from now by this clock: it may differ from the server's.
    const lengthMs = life ? life.expiresAtMs - life.issuedAtMs : Infinity;
    tokens = { access, refresh, keptAtMs: Date.now(), lengthMs };
    failures = 0;
    clearTimeout(timer);
    if (refresh !== null && Number.isFinite(lengthMs)) renewIn(lengthMs * RENEW_AT);
  }

  /**
   * Whether the access token has lived longer than this part of its life.
   *
   * @param {number} part
   */
  const olderThan = (part) =>
    tokens !== null && Date.now() - tokens.keptAtMs > tokens.lengthMs * part;

  function forget() {
    clearTimeout(timer);
    tokens = null;
    user = null;
    onChange();
  }

  async function renewOnce() {
    const refresh = tokens?.refresh;
    if (!refresh) return false;
    try {
      const pair = await api().anonymous("POST", "/api/token/refresh/", { refresh });
      if (tokens?.refresh !== refresh) return tokens !== null;
      keep(pair.access, pair.refresh);
      onRenewed();
      return true;
    } catch (error) {
      if (tokens?.refresh !== refresh) return tokens !== null;
      if (error instanceof ApiError && (error.status === 401 || error.status === 400)) {
        forget();
        onEnded("Your sign-in has ended. Sign in again to go on.");
        return false;
      }
      renewIn(backoffMs(failures++, Math.random));
      throw error;
    }
  }

  /** Renews the access token, once however many ask; false where the user must sign in. */
  function renew() {
    renewing ??= renewOnce().catch(() => tokens !== null).finally(() => renewing = null);
    return renewing;
  }

  /**
   * @param {string} access
   * @param {string | null} refresh
   */
  async function enter(access, refresh) {
    keep(access, refresh);
    try {
      user = (await api().call("GET", "/api/auth/me/")).user;
    } catch (error) {
      // Without an answer the tokens may still be good: a reload tries them again.
      if (error instanceof ApiError && error.status === 401) forget();
      throw error;
    }
    onChange();
  }

  addEventListener("pagehide", () => {
    if (!tokens) return;
    sessionStorage.setItem(
      STORE_KEY,
      JSON.stringify({ access: tokens.access, refresh: tokens.refresh }),
    );
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) sessionStorage.removeItem(STORE_KEY);
  });

  return {
    user: () => user,

    /** A token good for a few seconds more, or null where nobody is signed in. */
    async token() {
      if (tokens?.refresh && olderThan(NEARLY_OVER_AT)) await renew();
      return tokens?.access ?? null;
    },

    renew,

    /**
     * The server warns that the token ends. Tokens that live shorter than its warning get one at
     * once: those wait for their own time.
     *
     * @returns {boolean} false where there is nothing to renew with
     */
    warned() {
      if (!tokens?.refresh) return false;
      if (olderThan(WARNED_AT)) void renew();
      return true;
    },

    /**
     * @param {string} handle email or username
     * @param {string} password
     */
    async signIn(handle, password) {
      const { access, refresh } = handle.includes("@")
        ? (await api().anonymous("POST", "/api/auth/login/", { email: handle, password })).token
        : await api().anonymous("POST", "/api/token/", { username: handle, password });
      await enter(access, refresh);
    },

    /** @param {{ username: string, email: string, password: string, role: string }} fields */
    async signUp(fields) {
      await api().anonymous("POST", "/api/auth/signup/", fields);
      await this.signIn(fields.email, fields.password);
    },

    /**
     * @param {string} access
     * @param {string} [refresh]
     */
    useTokens: (access, refresh) => enter(access, refresh || null),

    /** Takes up the tokens that a reload left, if any. */
    async resume() {
      const left = sessionStorage.getItem(STORE_KEY);
      sessionStorage.removeItem(STORE_KEY);
      if (left === null) return;
      const { access, refresh } = JSON.parse(left);
      keep(access, refresh);
      // It may have run out while the page was away; its age is not known, so ask for a new one.
      if (refresh !== null && !(await renew())) return;
      await enter(tokens?.access ?? access, tokens?.refresh ?? refresh);
    },

    async signOut() {
      const refresh = tokens?.refresh;
      forget();
      if (refresh) {
        await api().anonymous("POST", "/api/auth/logout/", { refresh }).catch(() => {});
      }
    },
  };
}

/** @typedef {ReturnType<typeof createAccount>} Account */
