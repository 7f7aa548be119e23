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
        headers: { Origin, Host, "X-Forwarded-Host": "evil.example" },
      });
      assertEquals([Origin, socket.status], [Origin, status]);
      if (status === 403) assertStringIncludes(socket.head, '"code":"origin_forbidden"');
      socket.close();
    }
  }, { allowedOrigins: ["https://allowed.example"] }));

Deno.test("behind a trusted proxy the forwarded host counts", () =>
  inWorld(async (world) => {
    const socket = await rawSocket(world.port, {
      headers: {
        Origin: "https://school.example",
        Host: "10.0.0.7:8000",
        "X-Forwarded-Host": "school.example",
      },
    });
    assertEquals(socket.status, 101);
    socket.close();
  }, { trustProxy: true }));

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
