/** What containers are made of, as far as it can be checked without an engine. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { readSource } from "./support/source_files.ts";
import { SETTING_NAMES } from "../src/config.ts";

/** An image with a version: a tag of three numbers, or of a cumulative update. */
const PINNED = /:(\d+\.\d+\.\d+|debian-\d+\.\d+\.\d+|\d{4}-CU\d+-ubuntu-\d+\.\d+)$/;

Deno.test("compose.yaml brings two instances, their stores and a proxy, all of fixed versions", () => {
  const { services } = parse(readSource("compose.yaml"), { merge: true });
  assertEquals(Object.keys(services), ["app1", "app2", "proxy", "redis", "mssql", "database"]);
  for (const [name, { image }] of Object.entries<{ image: string }>(services)) {
    assertMatch(image, PINNED, name);
  }
  assertEquals(services.app1, services.app2);
  assertEquals(
    Object.keys(services.app1.environment).filter((name) => !SETTING_NAMES.includes(name)),
    [],
  );
  assert(services.redis.command.includes("--appendonly"));
  assertMatch(services.app1.environment.DATABASE_URL, /^mssql:\/\/attendance:/);
  assertEquals(services.database.volumes, ["./docs/deploy/database.sql:/database.sql:ro"]);
  for (const app of ["app1", "app2"]) {
    assert(readSource("docs/deploy/nginx.conf").includes(`server ${app}:8000 `));
  }
});

Deno.test("nginx logs where its packages and its image let it", () => {
  const logs = readSource("docs/deploy/nginx.conf").matchAll(/^ *access_log (\S+)/gm);
  assertEquals([...logs].map(([, path]) => path), ["/var/log/nginx/access.log"]);
});

Deno.test("the Dockerfile's image is of a fixed version, runs as a user of its own, checks itself", () => {
  const text = readSource("Dockerfile");
  const images = [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image ?? "");
  assertEquals(images.length, 2);
  for (const image of images) assertMatch(image, PINNED);
  const last = text.slice(text.lastIndexOf("FROM "));
  for (const line of ["USER attendance", "HEALTHCHECK", 'CMD ["deno", "task", "start"]']) {
    assert(last.includes(line), line);
  }
});
