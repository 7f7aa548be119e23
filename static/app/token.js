/** What of a JSON document may be shown and copied: secrets in it are not. */
const SECRET_FIELDS = new Set(["token", "access", "refresh", "password", "current", "next"]);

/**
 * When a token was made and ends, as it says itself; nothing is verified here.
 *
 * @param {string} token
 * @returns {{ issuedAtMs: number, expiresAtMs: number } | null} null where it is no readable JWT
 */
export function lifetimeOf(token) {
  try {
    const payload = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(
      atob(payload.replace(/-/g, "+").replace(/_/g, "/")),
      (char) => char.charCodeAt(0),
    );
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof claims.exp !== "number") return null;
    const issuedAt = typeof claims.iat === "number" ? claims.iat : Date.now() / 1000;
    return { issuedAtMs: issuedAt * 1000, expiresAtMs: claims.exp * 1000 };
  } catch {
    return null;
  }
}

/**
 * A copy fit for the log: tokens and passwords are replaced.
 *
 * @param {unknown} value
 * @returns {unknown}
 */
export function withoutSecrets(value) {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      SECRET_FIELDS.has(key) && typeof field === "string" ? "(hidden)" : withoutSecrets(field),
    ]),
  );
}
