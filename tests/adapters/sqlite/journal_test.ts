import { assertEquals } from "@std/assert";
import { openDatabase } from "../../../src/adapters/sqlite/database.ts";
import { CONFLICTS } from "../../../src/adapters/sqlite/journal.ts";

Deno.test("append() looks its entries up by key, however long the journal is", () => {
  const db = openDatabase({ path: ":memory:" });
  const plan = db.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${CONFLICTS}`, 1, 1, "[]");
  db.close();
  // The other way round the JSON would be read anew for each entry that is kept.
  assertEquals(plan.map(({ detail }) => detail.split(" ").slice(0, 2).join(" ")), [
    "SCAN new",
    "SEARCH known",
  ]);
});
