/** The columns of the SQL Server database hold every text that the edge lets through. */
import { assert, assertEquals } from "@std/assert";
import { MIGRATIONS } from "../../../src/adapters/mssql/migrations.ts";
import { KEY_SIZE } from "../../../src/adapters/mssql/statements/users.ts";
import { SORT_KEY_SIZE } from "../../../src/kernel/sort_key.ts";
import { CHARACTERS, unitsOf } from "../../../src/kernel/text.ts";

/** UTF-16 units of each column of text that people and imports write, or that is made of it. */
const UNITS: Readonly<Record<string, number>> = {
  "users.username": unitsOf(CHARACTERS.username),
  "users.username_key": KEY_SIZE,
  "users.name": unitsOf(CHARACTERS.name),
  "users.sort_name": unitsOf(CHARACTERS.name),
  "users.sort_key": SORT_KEY_SIZE,
  "users.email": unitsOf(CHARACTERS.email),
  "users.email_key": KEY_SIZE,
  "users.number": unitsOf(CHARACTERS.number),
  "users.number_key": KEY_SIZE,
  "user_external_ids.source": unitsOf(CHARACTERS.externalSource),
  "user_external_ids.external_id": unitsOf(CHARACTERS.externalId),
  "class_external_ids.source": unitsOf(CHARACTERS.externalSource),
  "class_external_ids.external_id": unitsOf(CHARACTERS.externalId),
  "classes.name": unitsOf(CHARACTERS.className),
  "records.note": unitsOf(CHARACTERS.note),
  "records.code": unitsOf(CHARACTERS.code),
  "record_changes.reason": unitsOf(CHARACTERS.reason),
  "attendance_codes.code": unitsOf(CHARACTERS.code),
  "attendance_codes.meaning": unitsOf(CHARACTERS.codeMeaning),
  "schools.name": unitsOf(CHARACTERS.schoolName),
};

/** Columns whose texts the service or its machinery writes, with limits of their own. */
const OWN = ["identities.", "sessions.occurrence", "idempotency.", "journal"];

const columns = MIGRATIONS.flatMap(({ batches }) => batches).flatMap((batch) => {
  const table = /^CREATE TABLE dbo\.(\w+)/.exec(batch)?.[1];
  return [...batch.matchAll(/^ {2}(\w+) NVARCHAR\((\d+)\)/gm)]
    .map(([_, column, size]) => [`${table}.${column}`, Number(size)] as const);
});

Deno.test("every column of text holds as many units as its characters can take", () => {
  const found = columns.filter(([name]) => !OWN.some((own) => name.startsWith(own)));
  assertEquals(
    Object.fromEntries(found.toSorted()),
    Object.fromEntries(Object.entries(UNITS).toSorted()),
  );
});

Deno.test("no index is over what SQL Server takes", () => {
  const sizes = new Map<string, number>(columns);
  // 1,700 bytes, with two for each unit and eight for an id.
  for (const name of ["username_key", "email_key", "number_key"]) {
    assert((sizes.get(`users.${name}`) ?? Infinity) * 2 <= 1_700, name);
  }
  assert((sizes.get("users.sort_key") ?? Infinity) * 2 + 8 <= 1_700);
  assert((sizes.get("classes.name") ?? Infinity) * 2 + 8 <= 1_700);
  for (const  of of["user", "class"]) {
    const [source, id] = ["source", "external_id"].map((name) =>
      sizes.get(`${of}_external_ids.${name}`)
    );
    assert(((source ?? Infinity) + (id ?? Infinity)) * 2 <= 1_700, of);
  }
});
