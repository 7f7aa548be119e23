import { assertEquals } from "@std/assert";
import { CLIENT_FRAMES } from "../../src/realtime/protocol/client_frames.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { inWorld, type World } from "./world.ts";

interface Refusal {
  readonly name: string;
  readonly who: (world: World) => Actor;
  readonly event: string;
  readonly data: (world: World) => unknown;
  readonly message: string;
  readonly code: string;
}

const teacher = (world: World) => world.teacher;
const rival = (world: World) => world.rival;
const student = (world: World) => world.student(0);
const stranger = (world: World) => world.stranger;
const ofClass = (world: World) => ({ classId: world.classId });
const mark = (world: World) => ({
  classId: world.classId,
  studentId: world.student(0).userId,
  status: "present",
});
const MISSING = "Missing classId, studentId or status";
const NO_SESSION = "No active attendance session for this class";

const refusal = (
  name: string,
  who: Refusal["who"],
  event: string,
  data: Refusal["data"],
  code: string,
  message: string,
): Refusal => ({ name, who, event, data, code, message });

const WITHOUT_SESSION: readonly Refusal[] = [
  refusal("a mark", teacher, "ATTENDANCE_MARKED", mark, "no_active_session", NO_SESSION),
  refusal("counts", teacher, "TODAY_SUMMARY", ofClass, "no_active_session", NO_SESSION),
  refusal("an end", teacher, "DONE", ofClass, "no_active_session", NO_SESSION),
];

const OTHERS = "Only the class's own teacher or an administrator may do this";
const MEMBERS = "Only the class's teacher, its students and administrators may see this";

const WITH_SESSION: readonly Refusal[] = [
  ...[student, stranger].flatMap((who) => [
    refusal(
      ...["a student marks", who, "ATTENDANCE_MARKED", mark, "forbidden"] as const,
      "Only teachers can mark attendance",
    ),
    refusal(
      ...["a student marks nothing", who, "ATTENDANCE_MARKED", () => ({}), "forbidden"] as const,
      "Only teachers can mark attendance",
    ),
    refusal(
      ...["a student asks for counts", who, "TODAY_SUMMARY", ofClass, "forbidden"] as const,
      "Only teachers can request attendance summary",
    ),
    refusal(
      ...["a student ends", who, "DONE", ofClass, "forbidden"] as const,
      "Only teachers can end attendance session",
    ),
  ]),
  ...[teacher, (world: World) => world.admin].map((who) =>
    refusal(
      ...["staff ask as students", who, "MY_ATTENDANCE", ofClass, "forbidden"] as const,
      "Only students can request their own attendance",
    )
  ),
  refusal("another's class", rival, "ATTENDANCE_MARKED", mark, "forbidden", OTHERS),
  refusal("another's counts", rival, "TODAY_SUMMARY", ofClass, "forbidden", OTHERS),
  refusal("another's end", rival, "DONE", ofClass, "forbidden", OTHERS),
  refusal("another's room", rival, "SUBSCRIBE", ofClass, "forbidden", MEMBERS),
  refusal("a stranger's room", stranger, "SUBSCRIBE", ofClass, "forbidden", MEMBERS),
  refusal(
    ...["a stranger's own", stranger, "MY_ATTENDANCE", ofClass, "forbidden"] as const,
    "Only students enrolled in the class may ask this",
  ),
  ...[
    {},
    { classId: 1 },
    { studentId: 1, status: "present" },
    { classId: "", studentId: 1, status: "present" },
    { classId: 1, studentId: null, status: "present" },
    { marks: [] },
  ].map((data) =>
    refusal(
      ...["missing fields", teacher, "ATTENDANCE_MARKED", () => data, "invalid_request"] as const,
      MISSING,
    )
  ),
  ...["TODAY_SUMMARY", "DONE", "SUBSCRIBE"].flatMap((event) =>
    [{}, { classId: null }, { classId: "" }].map((data) =>
      refusal("no class", teacher, event, () => data, "invalid_request", "Class ID required")
    )
  ),
  refusal(
    ...["no class", student, "MY_ATTENDANCE", () => ({}), "invalid_request"] as const,
    "Class ID required",
  ),
  ...["TODAY_SUMMARY", "DONE", "SUBSCRIBE"].map((event) =>
    refusal(
      ...["an unknown class", teacher, event, () => ({ classId: 999_999 })] as const,
      ...["class_not_found", "Class not found"] as const,
    )
  ),
  ...["01", 1.5, [1]].map((classId) =>
    refusal(
      ...[`class ${JSON.stringify(classId)}`, teacher, "SUBSCRIBE", () => ({ classId })] as const,
      ...["invalid_request", "classId: must be a positive whole number"] as const,
    )
  ),
  ...["Present", 1].map((status) =>
    refusal(
      ...["a status that is none", teacher, "ATTENDANCE_MARKED"] as const,
      (world) => ({ ...mark(world), status }),
      ...["invalid_request", "status: must be one of: present, absent, late, excused"] as const,
    )
  ),
  ...[(world: World) => world.stranger, teacher, () => ({ userId: 999_999 })].map((who) =>
    refusal(
      ...["a mark for someone else", teacher, "ATTENDANCE_MARKED"] as const,
      (world) => ({ ...mark(world), studentId: who(world).userId }),
      ...["student_not_enrolled", "Student is not enrolled in this class"] as const,
    )
  ),
  refusal(
    ...["a student twice", teacher, "ATTENDANCE_MARKED"] as const,
    (world) => ({ classId: world.classId, marks: [mark(world), mark(world)] }),
    ...["invalid_request", "marks.1.studentId: must not be in the list twice"] as const,
  ),
  refusal(
    ...["no marks", teacher, "ATTENDANCE_MARKED"] as const,
    (world) => ({ classId: world.classId, marks: [] }),
    ...["invalid_request", "marks: must hold at least one mark"] as const,
  ),
  refusal(
    ...["no token", teacher, "AUTH", () => ({}), "invalid_request", "Missing token"] as const,
  ),
];

async function checkAll(world: World, refusals: readonly Refusal[]): Promise<void> {
  for (const { name, who, event, data, message, code } of refusals) {
    const client = await world.connect(who(world));
    const answer = await client.request(event, data(world));
    const { errors: _, ...said } = answer.data;
    assertEquals([name, answer.event, said], [name, "ERROR", { message, code, event }]);
    // The connection stays open.
    assertEquals((await client.request("PING")).event, "PONG");
    await client.close();
  }
}

Deno.test("frames are refused with the texts that clients match on", () =>
  inWorld(async (world) => {
    await checkAll(world, WITHOUT_SESSION);
    await world.start();
    await checkAll(world, WITH_SESSION);
    const { marks, seq } = await world.attendance.snapshot(world.teacher, world.classId);
    assertEquals([marks, seq], [[], 1]);
  }));

Deno.test("every event names a rule, and each class rule is refused to someone above", () => {
  for (const [event, { access }] of Object.entries(CLIENT_FRAMES)) {
    if (access === "anyone" || access === "signed_in") continue;
    const denials = WITH_SESSION.filter((row) => row.event === event && row.code === "forbidden");
    assertEquals([event, denials.length > 0], [event, true]);
  }
});

Deno.test("an error names the wrong fields", () =>
  inWorld(async (world) => {
    await world.start();
    const client = await world.connect(world.teacher);
    const { data } = await client.request("ATTENDANCE_MARKED", {
      classId: "x",
      studentId: "y",
      status: "z",
    });
    assertEquals(
      data.errors.map(({ path }: { path: string }) => path).sort(),
      ["classId", "status", "studentId"],
    );
    const missing = await client.request("DONE", {});
    assertEquals(missing.data.errors, [{ path: "classId", message: "is required" }]);
  }));

Deno.test("a failure inside says nothing of itself, and is logged", () =>
  inWorld(async (world) => {
    const client = await world.connect(world.teacher);
    const { data } = await client.request("SUBSCRIBE", { classId: world.classId });
    assertEquals(data, {
      message: "Something went wrong on our side",
      code: "internal",
      event: "SUBSCRIBE",
    });
    await client.close();
    assertEquals(world.logs.join("").includes("secret detail"), true);
  }, {
    wrap: ({ sessions }) => ({
      sessions: {
        ...sessions,
        snapshot: () => Promise.reject(new Error("secret detail")),
      },
    }),
  }));
