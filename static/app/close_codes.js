/** Close codes of the service that this client acts on. */
export const UNAUTHENTICATED = 4401;
export const TOO_FAST = 4429;

/**
 * Why a connection ended, for people.
 *
 * @param {number} code
 * @returns {string}
 */
export function closeText(code) {
  switch (code) {
    case 1000:
    case 1001:
      return `The server ended the connection (${code})`;
    case 1003:
      return "The server takes only text frames (1003)";
    case 1009:
      return "The frame was too large (1009)";
    case 1012:
      return "The server restarts (1012)";
    case UNAUTHENTICATED:
      return "The token was refused (4401)";
    case 4408:
      return "This client read too slowly (4408)";
    case TOO_FAST:
      return "Too many frames (4429)";
    default:
      return "The connection was lost";
  }
}
