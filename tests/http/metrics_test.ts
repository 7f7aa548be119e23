import { assertEquals, assertMatch } from "@std/assert";
import { alone, metricsApp } from "../../src/http/metrics.ts";

const read = () => "# TYPE up gauge\nup 1\n";

Deno.test("metricsApp() shows the metrics to who has the token", async () => {
  const token = "a-token-for-metrics";
  const app = alone(metricsApp({ read, token }));
  const ask = (authorization?: string) =>
    app.request("/metrics", authorization === undefined ? {} : { headers: { authorization } });
  for (const wrong of [undefined, "", token, `Bearer ${token}x`, `Basic ${token}`, "Bearer"]) {
    const refused = await ask(wrong);
    assertEquals(refused.status, 401);
    assertEquals(refused.headers.get("www-authenticate"), "Bearer");
    assertEquals((await refused.json()).code, "authentication_required");
  }
  const answer = await ask(`Bearer ${token}`);
  assertEquals(answer.status, 200);
  assertMatch(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  assertEquals(answer.headers.get("cache-control"), "no-store");
  assertEquals(await answer.text(), read());
});

Deno.test("metricsApp() without a token shows them to whoever reaches it, and nothing else", async () => {
  const app = alone(metricsApp({ read, token: null }));
  assertEquals((await app.request("/metrics")).status, 200);
  for (const path of ["/", "/metrics/x", "/api/users/", "/ws"]) {
    assertEquals((await app.request(path)).status, 404, path);
  }
  assertEquals((await app.request("/metrics", { method: "POST" })).status, 404);
});
