import { assert, assertEquals } from "@std/assert";
import { inWorld } from "./world.ts";

Deno.test("a mark reaches staff and the marked student, and nobody else", () =>
  inWorld(async (world) => {
    const { classId, teacher } = world;
    const sessionId = await world.start();
    const sender = await world.connect(teacher);
    const colleague = await world.connect(teacher);
    const marked = await world.connect(world.student(0));
    const other = await world.connect(world.student(1));
    const outsider = await world.connect(world.rival);

    const answer = await sender.request("ATTENDANCE_MARKED", {
      classId: String(classId),
      studentId: String(world.student(0).userId),
      status: "late",
      note: "Bus",
    });
    const { markedAt, ...data } = answer.data;
    assertEquals(data, {
      classId: String(classId),
      sessionId,
      studentId: String(world.student(0).userId),
      status: "late",
      note: "Bus",
      markedBy: String(teacher.userId),
      seq: 2,
    });
    assert(markedAt.endsWith("Z"));
    const copy = await colleague.next("ATTENDANCE_MARKED");
    assertEquals(copy, { event: "ATTENDANCE_MARKED", data: answer.data });
    assertEquals(await marked.next("ATTENDANCE_MARKED"), copy);

    for (const client of [other, outsider]) {
      await client.request("PING");
      assertEquals(client.count("ATTENDANCE_MARKED"), 0);
    }
    await sender.request("PING");
    assertEquals(sender.count("ATTENDANCE_MARKED"), 1);
  }));
