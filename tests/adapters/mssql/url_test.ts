import { assert, assertEquals, assertFalse, assertStringIncludes, assertThrows } from "@std/assert";
import { parseMssqlUrl } from "../../../src/adapters/mssql/url.ts";

Deno.test("parseMssqlUrl() verifies an encrypted connection where the URL says nothing", () => {
  assertEquals(parseMssqlUrl("mssql://sa:secret@db.school.example/attendance"), {
    server: "db.school.example",
    port: 1433,
    user: "sa",
    password: "secret",
    database: "attendance",
    encrypt: true,
    trustServerCertificate: false,
    poolSize: 10,
  });
});

Deno.test("parseMssqlUrl() reads every setting", () => {
  const read = parseMssqlUrl(
    "mssql://app%40school:p%3A%2F%40%23%3F%25%20%C3%A9@[::1]:14330/caf%C3%A9?pool=25" +
      "&encrypt=false&trustServerCertificate=true",
  );
  assertEquals(read, {
    server: "::1",
    port: 14330,
    user: "app@school",
    password: "p:/@#?% é",
    database: "café",
    encrypt: false,
    trustServerCertificate: true,
    poolSize: 25,
  });
  assertEquals(parseMssqlUrl("mssql://sa@host/db").password, "");
});

Deno.test("parseMssqlUrl() says what is wrong and never repeats the URL", () => {
  const bad: Record<string, string> = {
    "sqlite:hunter2.db": "must begin with mssql://",
    "mssql//sa:hunter2@host/db": "must be like",
    "mssql://sa:hunter2@host:port/db": "must be like",
    "mssql://sa:hunter2@/db": "host",
    "mssql://hunter2host/db": "no user",
    "mssql://sa:hunter2@host": "no database",
    "mssql://sa:hunter2@host/": "no database",
    "mssql://sa:hunter2@host/a/b": "one database name",
    "mssql://sa:hunter2%zz@host/db": "password has a %",
    "mssql://sa:x#hunter2@host/db": "must be like",
    "mssql://sa:hunter2@host/db#x": "%23",
    "mssql://sa:hunter2@host/db?encrypt=yes": "encrypt must be true or false",
    "mssql://sa:hunter2@host/db?trustServerCertificate=1": "trustServerCertificate must be",
    "mssql://sa:hunter2@host/db?encrypt=true&encrypt=false": "at most once",
    "mssql://sa:hunter2@host/db?hunter2=1": "encrypt, trustServerCertificate, pool",
    "mssql://sa:hunter2@host/db?pool=0": "from 1 to 100",
    "mssql://sa:hunter2@host/db?pool=101": "from 1 to 100",
    "mssql://sa:hunter2@host/db?pool=1e1": "from 1 to 100",
  };
  for (const [url, part] of Object.entries(bad)) {
    const { message } = assertThrows(
      () => parseMssqlUrl(url),
      Error,
      "Cannot read the SQL Server URL",
    );
    assertStringIncludes(message, part, url);
    assertFalse(message.includes("hunter2"), message);
    assert(message.length < 160, message);
  }
});
