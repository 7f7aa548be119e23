/** A copy of the embedded database, also while a server writes to it. */
import { backup, DatabaseSync } from "node:sqlite";

/** More pages than any file has: all are copied in one step, which no writer can make start over. */
const ALL_PAGES = 2 ** 31 - 1;

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** @throws Error where the copy is not whole */
function finish(path: string): void {
  using copy = new DatabaseSync(path);
  // One file, with nothing beside it; a server turns it back on.
  copy.exec("PRAGMA journal_mode = DELETE");
  const found = copy.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  if (found !== "ok") throw new Error(`The copy is damaged: ${found}`);
}

/**
 * Copies what is committed at this moment, checks the copy, and gives it its name when it is whole
 * and on the disk. Writers go on meanwhile. Only the owner may read it.
 * @throws Error where `from` is missing or no database, or `to` is there already
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  if (!await exists(from)) throw new Error(`Cannot copy ${from}: there is no such file`);
  if (await exists(to)) throw new Error(`Cannot copy to ${to}: it is there already`);
  const draft = `${to}.${crypto.randomUUID()}.part`;
  await Deno.writeFile(draft, new Uint8Array(), { createNew: true, mode: 0o600 });
  try {
    {
      using db = new DatabaseSync(from, { readOnly: true });
      await backup(db, draft, { rate: ALL_PAGES });
    }
    finish(draft);
    {
      using file = await Deno.open(draft, { read: true, write: true });
      await file.sync();
    }
    await Deno.rename(draft, to);
  } catch (error) {
    await Deno.remove(draft);
    throw error;
  }
}
