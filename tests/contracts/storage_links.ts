import { assert, assertEquals } from "@std/assert";
import { at, type ContractTests, present, times, uuid, type World } from "./storage_world.ts";

const hash = () => (uuid() + uuid()).replaceAll("-", "");

async function link({ links, user }: World, owner?: number) {
  const made = {
    hash: hash(),
    userId: owner ?? (await user("STUDENT", { passwordHash: null })).id,
  };
  await links.create({ ...made, purpose: "welcome", expiresAt: at(60), at: at(0) });
  return made;
}

export const linkTests: ContractTests = {
  "use() sets the password once and ends every sign-in": async (world) => {
    const { links, users } = world;
    const { hash, userId } = await link(world);
    assertEquals(present(await links.find({ hash, at: at(59) })).id, userId);
    const used = await Promise.all(
      times(6, (i) => links.use({ hash, passwordHash: `hash ${i}`, at: at(1) })),
    );
    assertEquals(used.filter(Boolean).length, 1);
    const winner = used.findIndex(Boolean);
    assertEquals({ ...present(used[winner]) }, { ...present(await users.byId(userId)) });
    const { passwordHash, generation } = present(await users.withHash(userId));
    assertEquals([passwordHash, generation], [`hash ${winner}`, 1]);
    assertEquals(await links.find({ hash, at: at(2) }), null);
  },

  "a link that expired or was never made lets nobody in": async (world) => {
    const { links, users } = world;
    const { hash: made, userId } = await link(world);
    for (const one of [{ hash: made, at: at(60) }, { hash: hash(), at: at(1) }]) {
      assertEquals(await links.find(one), null);
      assertEquals(await links.use({ ...one, passwordHash: "x" }), null);
    }
    assertEquals(present(await users.withHash(userId)).passwordHash, null);
  },

  "create() replaces the user's older links": async (world) => {
    const first = await link(world);
    const other = await link(world);
    const second = await link(world, first.userId);
    const good = async (hash: string) => await world.links.find({ hash, at: at(1) }) !== null;
    assert(!await good(first.hash));
    assert(await good(second.hash) && await good(other.hash));
  },

  "purge() forgets what expired before": async (world) => {
    const { hash } = await link(world);
    await world.links.purge(at(60));
    assert(await world.links.find({ hash, at: at(1) }));
    await world.links.purge(at(61));
    assertEquals(await world.links.find({ hash, at: at(1) }), null);
  },
};
