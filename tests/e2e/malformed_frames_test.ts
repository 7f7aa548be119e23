/** Everything a client can send over a socket that is wrong: an ERROR or a close, and nothing changes. */
import { assert, assertEquals } from "@std/assert";
import { CLIENT_FRAMES } from "../../src/realtime/protocol/client_frames.ts";
import { rawSocket, TEXT } from "../support/raw_socket.ts";
import { badFor, NO_JSON, NO_OBJECTS, NO_UTF8 } from "./bad_values.ts";
import { fieldsIn, type Json, shortened, withField } from "./fields.ts";
import { onStage, type Stage } from "./stage.ts";

/** What a sender of bad frames does and hears, while someone else in the room listens. */
async function onSocket(
  work: (parts: {
    stage: Stage;
    classId: number;
    /** Sends a text; the answer must be one ERROR, and the socket goes on. */
    refused: (text: string, codes: readonly string[]) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    await stage.start(found);
    const socket = await stage.connect(teacher);
    const pupil = await stage.connect(student);
    const before = stage.dump();
    await work({
      stage,
      classId: found.id,
      async refused(text, codes) {
        const heard = socket.frames.length;
        socket.sendRaw(text);
        await socket.request("PING");
        const [answer, ...others] = socket.frames.slice(heard, -1);
        assertEquals([answer?.event, others.length], ["ERROR", 0], shortened(text));
        assert(codes.includes(answer?.data.code), `${shortened(text)}: ${JSON.stringify(answer)}`);
      },
    });
    await pupil.request("PING");
    assertEquals(pupil.frames.map(({ event }) => event), ["CONNECTED", "PONG"]);
    assertEquals(stage.dump(), before);
  });
}

Deno.test("a frame that is none gets an ERROR, and the socket goes on", async () => {
  await onSocket(async ({ refused }) => {
    const short = (text: string) => text.length < 60_000;
    for (const text of NO_JSON.filter(short)) await refused(text, ["invalid_json"]);
    for (const text of [...NO_OBJECTS.filter(short), "[".repeat(30_000) + "]".repeat(30_000)]) {
      await refused(text, ["invalid_json"]);
    }
    for (const event of ["null", "7", "true", "[]", "{}", '["PING"]']) {
      await refused(`{"event":${event},"data":{}}`, ["invalid_request"]);
    }
    for (const event of ["", "ping", "PING ", "__proto__", "constructor", "x".repeat(10_000)]) {
      await refused(JSON.stringify({ event, data: {} }), ["unknown_event"]);
    }
    for (const id of ["true", "[]", "{}", `"${"x".repeat(257)}"`]) {
      await refused(`{"event":"PING","data":{},"id":${id}}`, ["invalid_request"]);
    }
    for (const data of ["7", "true", '"text"', "[]", '[{"classId":1}]']) {
      await refused(`{"event":"PING","data":${data}}`, ["invalid_request"]);
    }
  });
});

Deno.test("a frame with a bad field gets an ERROR, and the socket goes on", async (t) => {
  await onSocket(async ({ stage, classId, refused }) => {
    const mark = { studentId: stage.people.student.id, status: "late" };
    const VALID: Readonly<Record<keyof typeof CLIENT_FRAMES, readonly Json[]>> = {
      ATTENDANCE_MARKED: [{ classId, ...mark }, { classId, marks: [mark] }],
      TODAY_SUMMARY: [{ classId }],
      MY_ATTENDANCE: [{ classId }],
      DONE: [{ classId }],
      SUBSCRIBE: [{ classId }],
      AUTH: [{ token: stage.people.teacher.token }],
      PING: [],
    };
    for (const [event, frames] of Object.entries(VALID)) {
      await t.step(event, async () => {
        for (const valid of frames) {
          for (const field of fieldsIn(valid)) {
            for (const json of badFor(event, field)) {
              // Text that is too long for a frame has a test of its own.
              if (json.length > 60_000) continue;
              // A mark in a list is one of many; without a list it is asked for by name.
              if (field.at(-1) === "marks" && json === "null") continue;
              const text = `{"event":"${event}","data":${withField(valid, field, json)}}`;
              await refused(text, ["invalid_request", "token_invalid", "forbidden"]);
            }
          }
        }
        const prototype = `{"__proto__":${JSON.stringify(frames[0] ?? {})}}`;
        if (frames.length > 0) {
          await refused(`{"event":"${event}","data":${prototype}}`, [
            "invalid_request",
            "forbidden",
          ]);
        }
      });
    }
  });
});

Deno.test("a frame that is too big or no text closes its socket, and no other", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const witness = await stage.connect(teacher);
    const padded = (size: number) => '{"event":"PING","data":{}}'.padEnd(size);
    const sent: readonly (readonly [number, string | Uint8Array<ArrayBuffer>])[] = [
      [1009, padded(64 * 1024 + 1)],
      [1009, "é".repeat(32 * 1024 + 1)],
      [1009, "x".repeat(5 * 1024 ** 2)],
      [1003, new Uint8Array([1, 2, 3])],
      [1003, new TextEncoder().encode(padded(30))],
    ];
    for (const [code, message] of sent) {
      const socket = await stage.connect(teacher);
      socket.sendRaw(message);
      assertEquals((await socket.closed).code, code);
    }
    witness.sendRaw(padded(64 * 1024));
    await witness.next("PONG");
  });
});

Deno.test("a frame that is not UTF-8 ends its socket, and no other", async () => {
  await onStage(async (stage) => {
    const { teacher } = stage.people;
    const witness = await stage.connect(teacher);
    for (const payload of NO_UTF8) {
      const path = `/ws/?token=${teacher.token}`;
      const peer = await rawSocket(stage.port, { path });
      await peer.frame(TEXT, payload);
      const heard = new TextDecoder().decode(await peer.rest());
      assert(!heard.includes("ERROR"), `bytes ${payload}`);
      peer.close();
    }
    await witness.request("PING");
  });
});
