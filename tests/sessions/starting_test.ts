import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../../src/kernel/errors.ts";
import type { LiveStore } from "../../src/sessions/live_store.ts";
import { type School, withSchool } from "../support/school.ts";

/** Lets something happen to the class right before the session starts, once. */
function beforeStart(hook: { run: () => Promise<unknown> }) {
  return (live: LiveStore): LiveStore => ({
    ...live,
    start: async (input) => {
      const { run } = hook;
      hook.run = () => Promise.resolve();
      await run();
      return await live.start(input);
    },
  });
}

const newHook = () => ({ run: (): Promise<unknown> => Promise.resolve() });

Deno.test("a student enrolled while the session starts is on its list, one removed is not", async () => {
  const hook = newHook();
  await withSchool(async ({ attendance, classes, teacher, student, stranger, classId }) => {
    hook.run = async () => {
      await classes.addStudent(teacher, classId, stranger.userId);
      await classes.removeStudent(teacher, classId, student(0).userId);
    };
    await attendance.start(teacher, { classId });
    const mark = (studentId: number) =>
      attendance.mark(teacher, {
        classId,
        marks: [{ studentId, status: "present", note: null }],
        bulk: false,
        source: "socket",
      });
    assertEquals((await mark(stranger.userId)).summary.enrolled, 3);
    const error = await assertRejects(() => mark(student(0).userId), AppError);
    assertEquals(error.code, "student_not_enrolled");
  }, { live: beforeStart(hook) });
});

Deno.test("a setting changed while the session starts holds for the session", async () => {
  const hook = newHook();
  await withSchool(async ({ attendance, classes, live, teacher, classId }) => {
    hook.run = () =>
      classes.update(teacher, classId, {
        name: undefined,
        teacherId: undefined,
        markVisibility: "class",
      });
    await attendance.start(teacher, { classId });
    assertEquals((await live.session(classId))?.markVisibility, "class");
  }, { live: beforeStart(hook) });
});

Deno.test("no session stays in a class that was archived while it started", async () => {
  const hook = newHook();
  await withSchool(async ({ attendance, classes, live, teacher, classId }) => {
    hook.run = () => classes.archive(teacher, classId);
    const error = await assertRejects(() => attendance.start(teacher, { classId }), AppError);
    assertEquals(error.code, "class_not_found");
    assertEquals(await live.session(classId), null);
  }, { live: beforeStart(hook) });
});

Deno.test("no session stays in a class that is archived right after it started", async () => {
  let startBetween = (): Promise<unknown> => Promise.resolve();
  await withSchool(async ({ attendance, classes, live, teacher, classId, db }) => {
    startBetween = () => attendance.start(teacher, { classId });
    await classes.archive(teacher, classId);
    assertEquals(await attendance.sweep(), 1);
    assertEquals(await live.session(classId), null);
    assertEquals(db.get<{ kind: string }>("SELECT kind FROM audit")?.kind, "session_cancelled");
  }, {
    // The archiving looks for a session, and one starts before it writes.
    storage: (storage) => ({
      ...storage,
      classes: {
        ...storage.classes,
        update: async (id, patch) => {
          await startBetween();
          return await storage.classes.update(id, patch);
        },
      },
    }),
  });
});

Deno.test("a session that started is answered, also if the second look at the class fails", async () => {
  let down = false;
  const run = async ({ attendance, live, teacher, classId }: School) => {
    const { sessionId } = await attendance.start(teacher, { classId });
    down = false;
    assertEquals((await live.session(classId))?.sessionId, sessionId);
  };
  await withSchool(run, {
    storage: (storage) => ({
      ...storage,
      classes: {
        ...storage.classes,
        byId: (id) =>
          down ? Promise.reject(new AppError("storage_unavailable")) : storage.classes.byId(id),
      },
    }),
    live: (live) => ({
      ...live,
      start: async (input) => {
        const session = await live.start(input);
        down = true;
        return session;
      },
    }),
  });
});
