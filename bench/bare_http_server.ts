/** The yardstick: bare Hono answering a small JSON object. */
import { Hono } from "hono";

const app = new Hono();
app.get(
  "/",
  (c) =>
    c.json({ user: { id: 1, username: "bench", email: "bench@school.example", role: "TEACHER" } }),
);
Deno.serve({
  port: 0,
  hostname: "127.0.0.1",
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, app.fetch);
