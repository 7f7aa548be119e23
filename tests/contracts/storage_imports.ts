import { assertEquals } from "@std/assert";
import { at, type ContractTests, times, uuid, type World } from "./storage_world.ts";

async function preview(world: World) {
  const klass = await world.klass();
  const made = {
    id: uuid(),
    kind: "roster",
    classId: klass.id,
    by: klass.teacherId,
    content: { rows: [["Zoë", "🌱", '"~1\\', null, 7]], file: "x".repeat(100_000) },
    createdAt: at(0),
    expiresAt: at(60),
  } as const;
  await world.imports.create(made);
  return made;
}

export const importTests: ContractTests = {
  "byId() returns the preview whole until it expires": async (world) => {
    const { imports } = world;
    const made = await preview(world);
    assertEquals<unknown>(await imports.byId(made.id, at(59)), { ...made, status: "previewed" });
    assertEquals(await imports.byId(made.id, at(60)), null);
    assertEquals(await imports.byId(uuid(), at(1)), null);
  },

  "finish() of several at once succeeds once": async (world) => {
    const { imports } = world;
    const { id } = await preview(world);
    assertEquals(await imports.finish(id, at(60)), false);
    const ended = await Promise.all(times(6, () => imports.finish(id, at(1))));
    assertEquals(ended.filter(Boolean).length, 1);
    assertEquals((await imports.byId(id, at(2)))?.status, "done");
    assertEquals(await imports.finish(uuid(), at(1)), false);
  },

  "remove() and purge() forget": async (world) => {
    const { imports } = world;
    const [first, second] = [await preview(world), await preview(world)];
    await imports.remove(first.id);
    await imports.remove(first.id);
    await imports.purge(at(60));
    assertEquals(await imports.byId(first.id, at(1)), null);
    assertEquals((await imports.byId(second.id, at(1)))?.id, second.id);
    await imports.purge(at(61));
    assertEquals(await imports.byId(second.id, at(1)), null);
  },
};
