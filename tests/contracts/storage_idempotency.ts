import { assertEquals } from "@std/assert";
import { at, type ContractTests, times, type World } from "./storage_world.ts";

const STALE_MS = 60_000;

/** Claims of one user with one key, at a minute. */
async function claimer(world: World) {
  const { id: userId } = await world.user("STUDENT");
  const { tag: key, idempotency } = world;
  return {
    claim: async (minute: number, fingerprint = "a", as = { userId, key }) => ({
      ...await idempotency.claim({ ...as, fingerprint, at: at(minute), staleMs: STALE_MS }),
    }),
    finish: (status: number, body: string, minute = 0) =>
      idempotency.finish({ userId, key, at: at(minute), status, body }),
    release: (minute = 0) => idempotency.release({ userId, key, at: at(minute) }),
    userId,
    key,
  };
}

export const idempotencyTests: ContractTests = {
  "a key is fresh, then in flight, then done": async (world) => {
    const { claim, finish } = await claimer(world);
    assertEquals(await claim(0), { outcome: "fresh" });
    assertEquals(await claim(0), { outcome: "in_flight" });
    await finish(201, '{"name":"Ökologie 🌱"}');
    for (const minute of [0, 1, 1000]) {
      assertEquals(await claim(minute), {
        outcome: "done",
        status: 201,
        body: '{"name":"Ökologie 🌱"}',
      });
    }
  },

  "bodies may be empty or long": async (world) => {
    for (const body of ["", "é".repeat(300_000)]) {
      const { claim, finish } = await claimer(world);
      await claim(0);
      await finish(200, body);
      assertEquals(await claim(0), { outcome: "done", status: 200, body });
    }
  },

  "another fingerprint is a mismatch, in flight and done": async (world) => {
    const { claim, finish } = await claimer(world);
    await claim(0, "a");
    assertEquals(await claim(0, "b"), { outcome: "mismatch" });
    assertEquals(await claim(5, "b"), { outcome: "mismatch" }, "of a stale claim too");
    await finish(200, "x");
    assertEquals(await claim(0, "b"), { outcome: "mismatch" });
    assertEquals((await claim(0, "a")).outcome, "done");
  },

  "users and keys are apart, also keys that differ by case only": async (world) => {
    const one = await claimer(world);
    const { id } = await world.user("STUDENT");
    assertEquals((await one.claim(0)).outcome, "fresh");
    for (
      const as of [
        { userId: id, key: one.key },
        { userId: one.userId, key: `${one.key}x` },
        { userId: one.userId, key: one.key.toUpperCase() },
      ]
    ) {
      assertEquals((await one.claim(0, "a", as)).outcome, "fresh");
    }
  },

  "a released key is fresh again, with any fingerprint": async (world) => {
    const { claim, release } = await claimer(world);
    await claim(0, "a");
    await release();
    assertEquals((await claim(0, "b")).outcome, "fresh");
  },

  "release() and finish() of a finished key leave the first answer": async (world) => {
    const { claim, finish, release } = await claimer(world);
    await claim(0);
    await finish(200, "first");
    await finish(500, "second");
    await release();
    assertEquals(await claim(0), { outcome: "done", status: 200, body: "first" });
  },

  "release() and finish() of an unknown key are no error": async (world) => {
    const { claim, finish, release } = await claimer(world);
    await release();
    await finish(200, "x");
    assertEquals((await claim(0)).outcome, "fresh");
  },

  "a claim left unfinished for longer than staleMs is claimed anew": async (world) => {
    const { claim } = await claimer(world);
    await claim(0);
    assertEquals((await claim(1)).outcome, "in_flight", "exactly staleMs is not longer");
    assertEquals((await claim(1.001)).outcome, "fresh");
    assertEquals((await claim(2)).outcome, "in_flight", "its time runs from the new claim");
  },

  "who comes back late touches nothing of the claim that took over": async (world) => {
    const { claim, finish, release } = await claimer(world);
    await claim(0);
    assertEquals((await claim(2)).outcome, "fresh");
    await release(0);
    assertEquals((await claim(2)).outcome, "in_flight");
    await finish(200, "of the first", 0);
    assertEquals((await claim(2)).outcome, "in_flight");
    await finish(200, "of the second", 2);
    assertEquals(await claim(2), { outcome: "done", status: 200, body: "of the second" });
  },

  "one of eight claims at once is fresh": async (world) => {
    const { claim } = await claimer(world);
    const ended = async (minute: number) =>
      (await Promise.all(times(8, () => claim(minute)))).map(({ outcome }) => outcome).toSorted();
    const expected = ["fresh", ...times(7, () => "in_flight")];
    assertEquals(await ended(0), expected);
    assertEquals(await ended(10), expected, "of a stale claim too");
  },

  "purge() forgets keys claimed before, finished or not": async (world) => {
    const early = await claimer(world);
    await early.claim(-200_000);
    const { id } = await world.user("STUDENT");
    const done = { userId: id, key: world.tag };
    await early.claim(-200_000, "a", done);
    await world.idempotency.finish({ ...done, at: at(-200_000), status: 200, body: "x" });
    const late = { userId: id, key: `${world.tag} late` };
    await early.claim(-199_999, "a", late);
    await world.idempotency.purge(at(-199_999));
    assertEquals((await early.claim(-199_999, "b")).outcome, "fresh");
    assertEquals((await early.claim(-199_999, "b", done)).outcome, "fresh");
    assertEquals((await early.claim(-199_999, "a", late)).outcome, "in_flight");
  },
};
