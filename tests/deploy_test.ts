/** What containers are made of, as far as it can be checked without an engine. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "yaml";
import { nginx, startNginx } from "./support/nginx.ts";
import { withServer } from "./support/server.ts";
import { connectSocket } from "./support/socket.ts";
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
  for (const app of ["app1", "app2"]) {
    assert(readSource("deploy/nginx.conf").includes(`server ${app}:8000;`));
  }
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

Deno.test({
  name: "deploy/nginx.conf passes requests, callers' addresses and sockets on",
  ignore: nginx === null,
  fn: async () => {
    await withServer(async (server) => {
      const proxy = await startNginx({
        directory: server.directory,
        upstream: new URL(server.url).host,
      });
      try {
        const headers = { "Content-Type": "application/json" };
        const person = { email: "ada@school.example", password: "seven quiet herons" };
        const signup = await fetch(`${proxy.url}/api/auth/signup/`, {
          method: "POST",
          headers,
          body: JSON.stringify({ ...person, username: "Ada", role: "TEACHER" }),
        });
        assertEquals(signup.status, 201, await signup.text());
        const login = await fetch(`${proxy.url}/api/auth/login/`, {
          method: "POST",
          headers,
          body: JSON.stringify(person),
        });
        const { token } = await login.json();

        const socket = await connectSocket(`${proxy.url.replace("http", "ws")}/ws/`, {
          token: token.access,
          headers: { Origin: proxy.url },
        });
        const { data } = await socket.next("CONNECTED");
        assertEquals(data.role, "TEACHER");
        assertEquals((await socket.request("PING")).event, "PONG");
        await socket.close();

        // Over the proxy's own limit of 10 MiB, and under it but over the route's.
        const sizes: [number, string][] = [[11 * 1024 ** 2, "nginx"], [2 * 1024 ** 2, "service"]];
        for (const [size, refuser] of sizes) {
          const large = await fetch(`${proxy.url}/api/auth/login/`, {
            method: "POST",
            headers,
            body: new Uint8Array(size),
          });
          assertEquals(large.status, 413);
          const problem = large.headers.get("content-type") === "application/problem+json";
          assertEquals(problem ? "service" : "nginx", refuser);
          await large.body?.cancel();
        }
      } finally {
        await proxy.stop();
      }
      assert(proxy.log.some((line) => line.includes('"GET /ws/" 101')), proxy.log.join("\n"));
      assertEquals(proxy.log.filter((line) => line.includes("token=")), []);
    }, { TRUST_PROXY: "on" });
  },
});
