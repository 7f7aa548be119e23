import { assertEquals, assertMatch } from "@std/assert";
import { onStage } from "./stage.ts";

/** Sends one request as it stands here and returns all that comes back. */
async function answerTo(port: number, path: string, host: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

Deno.test("a Host field that is no host is no fault of the service, and no log repeats the query", async () => {
  await onStage(async ({ port, server }) => {
    for (const host of ["my_host :80", "a b", "[::1", "a@b:99999", "x;script-src *"]) {
      for (const path of ["/?token=SECRET", "/ws/extra?token=SECRET", "/api/none/?token=SECRET"]) {
        assertMatch(
          await answerTo(port, path, host),
          /^HTTP\/1\.1 (200|400|404) /,
          `${path} ${host}`,
        );
      }
    }
    assertEquals([...server.logs, ...server.stderr].join("").includes("SECRET"), false);
  });
});
