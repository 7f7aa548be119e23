import { withoutSecrets } from "./token.js";

/**
 * @typedef {object} User
 * @property {number} id
 * @property {string} username
 * @property {string | null} email
 * @property {"ADMIN" | "TEACHER" | "STUDENT"} role
 */

/**
 * @typedef {object} SchoolClass
 * @property {number} id
 * @property {string} class_name
 * @property {User} teacher
 * @property {User[]} students
 * @property {number} student_count
 * @property {"staff" | "class"} mark_visibility
 */

/** A refused or failed request, in the words of the server. */
export class ApiError extends Error {
  /**
   * @param {number} status 0 where no answer came
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function refusal(status, body) {
  const fields = Array.isArray(body?.errors)
    ? body.errors.map((/** @type {any} */ e) => `${e.path}: ${e.message}`).join(", ")
    : "";
  const text = body?.error ?? `The server answered ${status}`;
  return new ApiError(status, body?.code ?? "unknown", fields ? `${text} (${fields})` : text);
}

/**
 * The REST side of the service.
 *
 * @param {object} deps
 * @param {() => Promise<string | null>} deps.token a token that is still good
 * @param {() => Promise<boolean>} deps.renew false where there is nothing to renew with
 * @param {(exchange: { method: string, path: string, status: number, request: unknown, response: unknown }) => void} deps.onExchange
 *   told of each request, secrets taken out
 */
export function createApi({ token, renew, onExchange }) {
  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} body
   * @param {string | null} bearer
   */
  async function exchange(method, path, body, bearer) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    if (bearer !== null) headers["Authorization"] = `Bearer ${bearer}`;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response;
    let text;
    try {
      response = await fetch(path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      onExchange({ method, path, status: 0, request: withoutSecrets(body), response: null });
      throw new ApiError(0, "unreachable", "The server cannot be reached");
    }
    /** @type {any} */
    let parsed = null;
    try {
      parsed = text === "" ? null : JSON.parse(text);
    } catch {
      parsed = { error: `The server answered ${response.status} without JSON` };
    }
    onExchange({
      method,
      path,
      status: response.status,
      request: withoutSecrets(body),
      response: withoutSecrets(parsed),
    });
    if (!response.ok) throw refusal(response.status, parsed);
    return parsed;
  }

  return {
    /**
     * A request by anyone, without a token.
     *
     * @param {string} method
     * @param {string} path
     * @param {unknown} [body]
     * @returns {Promise<any>}
     */
    anonymous: (method, path, body) => exchange(method, path, body, null),

    /**
     * A request of the signed-in user; an expired token is renewed once.
     *
     * @param {string} method
     * @param {string} path
     * @param {unknown} [body]
     * @returns {Promise<any>}
     */
    async call(method, path, body) {
      const bearer = await token();
      try {
        return await exchange(method, path, body, bearer);
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== "token_expired" || !(await renew())) {
          throw error;
        }
        return await exchange(method, path, body, await token());
      }
    },
  };
}

/** @typedef {ReturnType<typeof createApi>} Api */
