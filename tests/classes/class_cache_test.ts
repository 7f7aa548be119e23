/** Two instances, each with a cache of its own, on one database: who may mark when a class changes hands. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createPasswords } from "../../src/accounts/password.ts";
import { createServices } from "../../src/services.ts";
import { acting } from "../support/acting.ts";
import { AppError } from "../../src/kernel/errors.ts";
import { cacheClasses } from "../../src/classes/class_cache.ts";
import type { Actor } from "../../src/kernel/actor.ts";
import { type School, withSchool } from "../support/school.ts";

function instance({ storage: stored, live, classId, student, tick }: School) {
  const now = () => tick(0);
  const cache = cacheClasses(stored.classes, { now });
  const storage = { ...stored, classes: cache.classes };
  const services = createServices({
    storage,
    live,
    passwords: createPasswords(),
    now,
    remembered: cache.remembered,
  });
  const { attendance } = acting(services);
  const mark = (actor: Actor) =>
    services.markers.admit(actor, classId, "class_staff").then((pass) =>
      services.sessions.mark(pass, {
        marks: [{ studentId: student(0).userId, status: "late", note: null }],
        bulk: false,
        source: "socket",
      })
    );
  return {
    storage,
    news: () => cache.forget(classId),
    gap: () => cache.forgetAll(),
    mark,
    async refuses(actor: Actor): Promise<void> {
      const error = await assertRejects(() => mark(actor), AppError);
      assertEquals(error.code, "forbidden");
    },
    start: (actor: Actor) => attendance.start(actor, { classId }),
    give: (to: Actor) =>
      storage.classes.update(classId, {
        teacherId: to.userId,
        at: new Date(now()).toISOString(),
      }),
  };
}

Deno.test("who lost a class marks no more: where it changed, at once; elsewhere, with the news", async () => {
  await withSchool(async (school) => {
    const { teacher, rival, admin } = school;
    const [here, there] = [instance(school), instance(school)];
    await here.start(teacher);
    for (const one of [here, there]) await one.mark(teacher);
    await here.give(rival);
    await here.refuses(teacher);
    await here.mark(rival);
    there.news();
    await there.refuses(teacher);
    await there.mark(rival);
    await there.mark(admin);
  });
});

Deno.test("news that were missed are made up for by a gap that is noticed, or by a second", async () => {
  await withSchool(async (school) => {
    const { teacher, rival, tick } = school;
    const [here, there] = [instance(school), instance(school)];
    await here.start(teacher);
    await there.mark(teacher);
    await here.give(rival);
    there.gap();
    await there.refuses(teacher);
    await there.mark(rival);
    await here.give(teacher);
    tick(1_000);
    await there.refuses(rival);
    await there.mark(teacher);
  });
});

Deno.test("only marks rely on what is remembered", async () => {
  await withSchool(async (school) => {
    const { classId, teacher, rival, storage } = school;
    const [here, there] = [instance(school), instance(school)];
    await here.start(teacher);
    await there.mark(teacher);
    const { name, sessionCount } = await there.storage.classes.byId(classId) ?? {};
    await here.storage.classes.update(classId, {
      name: `${name} again`,
      teacherId: rival.userId,
      at: new Date(school.tick(0)).toISOString(),
    });
    const found = await there.storage.classes.byId(classId);
    assert(found);
    assertEquals(found, await storage.classes.byId(classId));
    assertEquals([found.name, found.sessionCount], [`${name} again`, sessionCount ?? -1]);
    const error = await assertRejects(() => there.start(teacher), AppError);
    assertEquals(error.code, "forbidden");
  });
});
