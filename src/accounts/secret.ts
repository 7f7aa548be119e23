import { dirname } from "node:path";

/** Characters below which a secret is too weak for HS256 (RFC 7518 section 3.2: 256 bits). */
const MIN_LENGTH = 32;

async function readSecret(path: string): Promise<string> {
  const secret = (await Deno.readTextFile(path)).trim();
  if (secret.length < MIN_LENGTH) {
    throw new Error(
      `Cannot use the signing secret in ${path}: it is shorter than ${MIN_LENGTH} characters; ` +
        "delete the file to have a new one made (everybody signs in again)",
    );
  }
  return secret;
}

/** Puts a whole file at `path`, unless another process was first. */
async function createSecret(path: string): Promise<void> {
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true });
  const secret = crypto.getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, `${secret}\n`, { createNew: true, mode: 0o600 });
  try {
    // A link fails where the name is taken, a rename would replace the winner's secret.
    await Deno.link(draft, path);
    await Deno.remove(draft);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await Deno.remove(draft);
    // Some file systems have no hard links; there the last of several first starts wins.
    await Deno.rename(draft, path);
  }
}

/**
 * The secret that signs access tokens, made on the first start: 32 random bytes as base64url, in a
 * file that only its owner can read. Several processes starting at once get the same one.
 * @throws Error where the file cannot be read or made, or holds too little
 */
export async function loadSecret(path: string): Promise<string> {
  try {
    return await readSecret(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  await createSecret(path);
  return await readSecret(path);
}
