/**
 * Every T-SQL statement of the SQL Server adapter parses in the T-SQL grammar of antlr/grammars-v4,
 * as the package antlr4ts-sql ships it. There are no exceptions.
 */
import { assert, assertEquals } from "@std/assert";
import { antlr4tsSQL, SQLDialect } from "antlr4ts-sql";
import { MIGRATE_STATEMENTS } from "../../../src/adapters/mssql/migrate.ts";
import { MIGRATIONS } from "../../../src/adapters/mssql/migrations.ts";
import type { Params, Statement } from "../../../src/adapters/mssql/statement.ts";
import { CLASS_STATEMENTS } from "../../../src/adapters/mssql/statements/classes.ts";
import { HISTORY_STATEMENTS } from "../../../src/adapters/mssql/statements/history.ts";
import { IDEMPOTENCY_STATEMENTS } from "../../../src/adapters/mssql/statements/idempotency.ts";
import { JOURNAL_STATEMENTS } from "../../../src/adapters/mssql/statements/journal.ts";
import { RECORD_STATEMENTS } from "../../../src/adapters/mssql/statements/records.ts";
import { TOKEN_STATEMENTS } from "../../../src/adapters/mssql/statements/tokens.ts";
import { USER_STATEMENTS } from "../../../src/adapters/mssql/statements/users.ts";
import { IMPORT_STATEMENTS } from "../../../src/adapters/mssql/statements/imports.ts";
import { LINK_STATEMENTS } from "../../../src/adapters/mssql/statements/links.ts";
import { OUTBOX_STATEMENTS } from "../../../src/adapters/mssql/statements/outbox.ts";
import { SCHOOL_STATEMENTS } from "../../../src/adapters/mssql/statements/schools.ts";
import { readSource } from "../../support/source_files.ts";

const FOLDER = new URL("../../../src/adapters/mssql/", import.meta.url);

const RECORDS: Readonly<Record<string, Readonly<Record<string, Statement<Params, unknown[]>>>>> = {
  CLASS_STATEMENTS,
  HISTORY_STATEMENTS,
  IDEMPOTENCY_STATEMENTS,
  JOURNAL_STATEMENTS,
  MIGRATE_STATEMENTS,
  RECORD_STATEMENTS,
  TOKEN_STATEMENTS,
  IMPORT_STATEMENTS,
  LINK_STATEMENTS,
  OUTBOX_STATEMENTS,
  SCHOOL_STATEMENTS,
  USER_STATEMENTS,
};

const STATEMENTS = Object.entries(RECORDS).flatMap(([record, statements]) =>
  Object.entries(statements).map(([name, statement]) => ({
    name: `${record}.${name}`,
    ...statement,
  }))
);

const BATCHES = MIGRATIONS.flatMap(({ number, batches }) =>
  batches.map((text, index) => ({ name: `migration ${number}, batch ${index + 1}`, text }))
);

/** What compose.yaml runs before the first start, its variable filled in. */
const SET_UP = readSource("docs/deploy/database.sql").replaceAll("$(DATABASE_PASSWORD)", "Aa1-f00d")
  .split(/^GO$/m).filter((text) => text.trim() !== "")
  .map((text, index) => ({ name: `database.sql, batch ${index + 1}`, text }));

/** What the grammar has against the text. */
function complaints(text: string): string[] {
  const parser = new antlr4tsSQL(SQLDialect.TSQL);
  const found: string[] = [];
  const listener = {
    syntaxError: (_: unknown, __: unknown, line: number, column: number, message: string) => {
      found.push(`${line}:${column} ${message.slice(0, 100)}`);
    },
  };
  const tokens = parser.getTokens(text, [listener]);
  parser.getParseTree(parser.getParser(tokens, [listener]));
  return found;
}

/** The source files of the adapter, by their paths in its folder. */
function sources(folder = FOLDER, prefix = ""): { path: string; text: string }[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? sources(new URL(`${name}/`, folder), `${prefix}${name}/`)
      : [{ path: prefix + name, text: Deno.readTextFileSync(new URL(name, folder)) }]
  );
}

Deno.test("every T-SQL statement parses in the public grammar", () => {
  assert(STATEMENTS.length > 40 && BATCHES.length > 20 && SET_UP.length === 4);
  for (const { name, text } of [...STATEMENTS, ...BATCHES, ...SET_UP]) {
    assertEquals(complaints(text), [], `${name}:\n${text}`);
  }
});

Deno.test("the grammar refuses what isn't T-SQL", () => {
  const foreign = [
    "SELECT id FROM users ORDER BY id LIMIT 5",
    "INSERT INTO users (name) VALUES ('a') RETURNING id",
    "INSERT INTO users (name) VALUES ('a') ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS users (id INT)",
    "UPDATE users SET name = 'a' WHERE id = 1 OUTPUT INSERTED.id",
    "SELECT id, FROM users",
    "BEGIN SELECT 1 AS one;",
    "EXEC @lock = sp_getapplock @Resource N'x'",
    "SELECT id FROM OPENJSON(@ids) WITH (id BIGINT '$[0]' name INT) AS asked",
    "CREATE UNIQUE INDEX one ON dbo.users (name) WHERE",
  ];
  for (const text of foreign) assert(complaints(text).length > 0, text);
});

Deno.test("no T-SQL is kept or run where the grammar test doesn't see it", () => {
  for (const { path, text } of sources()) {
    const made = [...text.matchAll(/export const (\w+_STATEMENTS)\b/g)].map(([_, name]) => name);
    for (const name of made) assert(name && name in RECORDS, `${path}: ${name}`);
    const keeps = path.startsWith("statements/") || path.startsWith("migrations/") ||
      path === "migrate.ts";
    const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    if (!keeps) assert(!/\b(SELECT|INSERT|UPDATE|DELETE|EXEC)\s+\S/.test(code), path);
    const runs = path === "database.ts" || path === "migrate.ts";
    if (!runs) assert(!/\.(query|batch|execute|bulk)\b/.test(text), path);
  }
});

Deno.test("every statement declares the variables that it uses, and uses its parameters", () => {
  for (const { name, text, params } of STATEMENTS) {
    // The names of a procedure's own parameters, as in EXEC … @Resource = @resource.
    const body = text.replace(/@[A-Z]\w*(?= =)/g, "");
    const declared = [...body.matchAll(/\bDECLARE ([^;]+);/g)]
      .flatMap(([_, list = ""]) => [...list.matchAll(/@(\w+)/g)].map(([__, variable]) => variable));
    const used = new Set([...body.matchAll(/(?<!@)@(\w+)/g)].map(([_, variable]) => variable));
    const known = new Set([...declared, ...Object.keys(params)]);
    assertEquals([...used].filter((variable) => !known.has(variable)), [], `${name}:\n${text}`);
    for (const param of Object.keys(params)) {
      // One set of parameters whatever the role; an administrator sees all.
      const idle = (param === "actor" && name.endsWith("ToAdmin")) ||
        (param === "at" && /visible\w*To(Admin|Student)$/.test(name));
      assert(used.has(param) || idle, `${name} doesn't use @${param}`);
    }
  }
});

Deno.test("every statement that begins a transaction does so in the one safe form", () => {
  for (const { name, text } of STATEMENTS) {
    const begins = text.split("BEGIN TRANSACTION;").length - 1;
    if (begins === 0) {
      assert(!/\bCOMMIT\b|\bROLLBACK\b/.test(text), name);
      continue;
    }
    assertEquals(begins, 1, name);
    assert(text.startsWith("SET XACT_ABORT ON;\n"), name);
    assert(text.endsWith("COMMIT TRANSACTION;"), name);
  }
});
