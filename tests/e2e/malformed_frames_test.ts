/**
 * Every field of every frame that is not what it must be: an ERROR, and nothing changes. What is no
 * frame at all is in tests/realtime/parse_test.ts and limits_test.ts.
 */
import { assert, assertEquals } from "@std/assert";
import { CLIENT_FRAMES } from "../../src/realtime/protocol/client_frames.ts";
import { badFor } from "../support/bad_values.ts";
import { fieldsIn, type Json, shortened, withField } from "../support/fields.ts";
import { onStage } from "./stage.ts";

Deno.test("a frame with a bad field gets an ERROR, and the socket goes on", async (t) => {
  await onStage(async (stage) => {
    const { teacher, student } = stage.people;
    const found = await stage.newClass();
    const { id: classId } = found;
    await stage.start(found);
    const socket = await stage.connect(teacher);
    const pupil = await stage.connect(student);
    const before = stage.dump();

    async function refused(text: string): Promise<void> {
      const heard = socket.frames.length;
      socket.sendRaw(text);
      await socket.request("PING");
      const [answer, ...others] = socket.frames.slice(heard, -1);
      assertEquals([answer?.event, others.length], ["ERROR", 0], shortened(text));
      const codes = ["invalid_request", "token_invalid", "forbidden"];
      assert(codes.includes(answer?.data.code), `${shortened(text)}: ${JSON.stringify(answer)}`);
    }

    const mark = { studentId: student.id, status: "late" };
    const VALID: Readonly<Record<keyof typeof CLIENT_FRAMES, readonly Json[]>> = {
      ATTENDANCE_MARKED: [{ classId, ...mark }, { classId, marks: [mark] }],
      TODAY_SUMMARY: [{ classId }],
      MY_ATTENDANCE: [{ classId }],
      DONE: [{ classId }],
      SUBSCRIBE: [{ classId }],
      AUTH: [{ token: teacher.token }],
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
              await refused(`{"event":"${event}","data":${withField(valid, field, json)}}`);
            }
          }
          await refused(`{"event":"${event}","data":{"__proto__":${JSON.stringify(valid)}}}`);
        }
      });
    }
    await pupil.request("PING");
    assertEquals(pupil.frames.map(({ event }) => event), ["CONNECTED", "PONG"]);
    assertEquals(stage.dump(), before);
  });
});
