import { assertEquals, assertStringIncludes } from "@std/assert";
import { rawSocket } from "../support/raw_socket.ts";
import { inWorld } from "./world.ts";

Deno.test("pages of other origins are refused with 403", () =>
  inWorld(async (world) => {
    const cases: [string, string, number][] = [
      ["https://evil.example", "school.example", 403],
      ["null", "school.example", 403],
      ["https://school.example.evil.example", "school.example", 403],
      ["https://school.example:8443", "school.example", 403],
      ["https://allowed.example", "school.example", 101],
      ["https://school.example", "school.example", 101],
      ["http://localhost:8000", "LOCALHOST:8000", 101],
      ["", "school.example", 101],
    ];
    for (const [Origin, Host, status] of cases) {
      const socket = await rawSocket(world.port, {
        headers: {
          Origin,
          Host,
          "X-Forwarded-Host": "evil.example",
          "X-Forwarded-Proto": "gopher",
        },
      });
      assertEquals([Origin, socket.status], [Origin, status]);
      if (status === 403) assertStringIncludes(socket.head, '"code":"origin_forbidden"');
      socket.close();
    }
  }, { allowedOrigins: ["https://allowed.example"] }));

Deno.test("behind a trusted proxy the forwarded host and scheme count", () =>
  inWorld(async (world) => {
    const forwarded = {
      Host: "10.0.0.7:8000",
      "X-Forwarded-Host": "school.example",
      "X-Forwarded-Proto": "https",
    };
    const cases: [Record<string, string>, number][] = [
      [{ Origin: "https://school.example" }, 101],
      [{ Origin: "https://school.example", "X-Forwarded-Proto": "" }, 101],
      [{ Origin: "http://school.example" }, 403],
      [{ Origin: "https://10.0.0.7:8000" }, 403],
      [{ Origin: "http://allowed.example" }, 101],
    ];
    for (const [headers, status] of cases) {
      const socket = await rawSocket(world.port, { headers: { ...forwarded, ...headers } });
      assertEquals([headers, socket.status], [headers, status]);
      socket.close();
    }
  }, { trustProxy: true, allowedOrigins: ["http://allowed.example"] }));

Deno.test("a request that is no upgrade gets 426", () =>
  inWorld(async (world) => {
    for (const options of [{ headers: { Upgrade: "" } }, { method: "POST" }]) {
      const { status, head, close } = await rawSocket(world.port, options);
      assertEquals(status, 426);
      assertStringIncludes(head.toLowerCase(), "upgrade: websocket");
      assertStringIncludes(head, '"code":"upgrade_required"');
      close();
    }
  }));

Deno.test("a broken handshake gets 400", () =>
  inWorld(async (world) => {
    const { status, head, close } = await rawSocket(world.port, {
      headers: { "Sec-WebSocket-Key": "" },
    });
    assertEquals(status, 400);
    assertStringIncludes(head, '"code":"invalid_request"');
    close();
  }));

Deno.test("/ws without the slash is the same", () =>
  inWorld(async (world) => {
    const { status, close } = await rawSocket(world.port, { path: "/ws?batch=1" });
    assertEquals(status, 101);
    close();
  }));
