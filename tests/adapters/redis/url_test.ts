import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseRedisUrl } from "../../../src/adapters/redis/url.ts";

const node = (host: string, port: number) => ({ host, port });

Deno.test("parseRedisUrl() reads one server", () => {
  assertEquals(parseRedisUrl("redis://localhost"), {
    kind: "single",
    nodes: [node("localhost", 6379)],
    tls: false,
    db: 0,
  });
  assertEquals(parseRedisUrl("rediss://ada:p%40ss%3Aword%2F@redis.example:6380/12"), {
    kind: "single",
    nodes: [node("redis.example", 6380)],
    tls: true,
    username: "ada",
    password: "p@ss:word/",
    db: 12,
  });
  assertEquals(parseRedisUrl("redis://:secret@[::1]:7000/"), {
    kind: "single",
    nodes: [node("::1", 7000)],
    tls: false,
    password: "secret",
    db: 0,
  });
});

Deno.test("parseRedisUrl() takes a password with colons in it", () => {
  assertEquals(parseRedisUrl("redis://ada:one:two@host").password, "one:two");
});

Deno.test("parseRedisUrl() reads several sentinels, the master's name and a database", () => {
  assertEquals(parseRedisUrl("redis-sentinel://ada:secret@a,b:26380,[fe80::1]:1/my%20master/3"), {
    kind: "sentinel",
    nodes: [node("a", 26379), node("b", 26380), node("fe80::1", 1)],
    tls: false,
    username: "ada",
    password: "secret",
    db: 3,
    master: "my master",
  });
  assertEquals(parseRedisUrl("rediss-sentinel://a/main").tls, true);
  const { sentinelUsername, sentinelPassword, password } = parseRedisUrl(
    "redis-sentinel://:one@a/main?sentinel-username=ada&sentinel-password=t%26wo",
  );
  assertEquals([sentinelUsername, sentinelPassword, password], ["ada", "t&wo", "one"]);
});

Deno.test("parseRedisUrl() reads several nodes of a cluster", () => {
  assertEquals(parseRedisUrl("rediss-cluster://:secret@a,b:7001,c"), {
    kind: "cluster",
    nodes: [node("a", 6379), node("b", 7001), node("c", 6379)],
    tls: true,
    password: "secret",
    db: 0,
  });
  assertEquals(parseRedisUrl("redis-cluster://a/0").db, 0);
});

Deno.test("parseRedisUrl() says what is wrong and repeats nothing of the address", () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ["http://ada:hunter2@host", /must be like redis:\/\//],
    ["redis:ada:hunter2@host", /must be like/],
    ["redis://ada:hunter2@", /not host:port/],
    ["redis://ada:hunter2@host/0?x=1", /has options/],
    ["redis-sentinel://a/main?password=hunter2", /has options/],
    ["redis-sentinel://a/main?sentinel-password", /has options/],
    ["redis://host#hunter2", /must be like/],
    ["redis://ada:hunter2@host:port", /not host:port/],
    ["redis://ada:hunter2@host:0", /not host:port/],
    ["redis://ada:hunter2@host:65536", /not host:port/],
    ["redis://ada:hunter2@[::1", /not host:port/],
    ["redis://ada:hunter2@host/first", /database that is not a number/],
    ["redis://ada:hunter2@a,b", /redis-cluster:\/\/ or redis-sentinel:\/\//],
    ["redis-sentinel://ada:hunter2@a,b", /must name the master/],
    ["redis-sentinel://ada:hunter2@a/main/first", /not a number/],
    ["redis-cluster://ada:hunter2@a,b/1", /a cluster has only 0/],
    ["redis://ada:hunter2%@host", /percent-encoding/],
  ];
  for (const [url, text] of wrong) {
    const { message } = assertThrows(() => parseRedisUrl(url), Error);
    assert(text.test(message), `${url}: ${message}`);
    assert(!message.includes("hunter2"), message);
  }
});
