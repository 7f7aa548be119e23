import { assertEquals } from "@std/assert";
import { at, type ContractTests, times, uuid, type World } from "./storage_world.ts";

/** As long as a SHA-256 in hex. */
const hash = () => (uuid() + uuid()).replaceAll("-", "");

/** A family of one token that expires at minute 60. */
async function family({ tokens, user }: World, userId?: number) {
  const owner = userId ?? (await user("STUDENT")).id;
  const first = hash();
  await tokens.create({ hash: first, family: uuid(), userId: owner, expiresAt: at(60), at: at(0) });
  return { userId: owner, first };
}

const rotate = ({ tokens }: World, token: string, nextHash = hash(), minute = 10) =>
  tokens.rotate({ hash: token, nextHash, nextExpiresAt: at(minute + 60), at: at(minute) });

const outcome = async (world: World, token: string, minute = 10) =>
  (await rotate(world, token, hash(), minute)).outcome;

export const tokenTests: ContractTests = {
  "rotate() uses a token once, and its successor next": async (world) => {
    const { userId, first } = await family(world);
    let token = first;
    for (let step = 1; step < 5; step++) {
      const next = hash();
      assertEquals({ ...await rotate(world, token, next, step) }, {
        outcome: "rotated",
        userId,
        generation: 0,
      });
      token = next;
    }
  },

  "rotate() doesn't know a token that was never stored": async (world) => {
    assertEquals({ ...await rotate(world, hash()) }, { outcome: "unknown" });
    assertEquals(await outcome(world, ""), "unknown");
  },

  "rotate() doesn't know an expired token": async (world) => {
    const { userId, first } = await family(world);
    assertEquals(await outcome(world, first, 61), "unknown");
    assertEquals(await outcome(world, first, 60), "unknown");
    const next = hash();
    assertEquals((await rotate(world, first, next, 59)).outcome, "rotated");
    assertEquals(await outcome(world, first, 60), "unknown", "used and expired");
    assertEquals({ ...await rotate(world, next, hash(), 60) }, {
      outcome: "rotated",
      userId,
      generation: 0,
    });
  },

  "a used token revokes its whole family, and only that": async (world) => {
    const { userId, first } = await family(world);
    const other = await family(world, userId);
    const [second, third] = [hash(), hash()];
    await rotate(world, first, second);
    await rotate(world, second, third);
    assertEquals({ ...await rotate(world, first) }, { outcome: "reused", userId });
    assertEquals(await outcome(world, third), "unknown");
    assertEquals(await outcome(world, second), "reused");
    assertEquals(await outcome(world, other.first), "rotated");
  },

  "rotate() of one token twice at once rotates once and revokes the family": async (world) => {
    for (let round = 0; round < 5; round++) {
      const { userId, first } = await family(world);
      const next = [hash(), hash()];
      const ended = await Promise.all(next.map((successor) => rotate(world, first, successor)));
      assertEquals(
        ended.map((end) => ({ ...end })).toSorted((a, b) => a.outcome.localeCompare(b.outcome)),
        [{ outcome: "reused", userId }, { outcome: "rotated", userId, generation: 0 }],
      );
      for (const token of next) assertEquals(await outcome(world, token), "unknown");
    }
  },

  "rotate() of one token eight times at once rotates once": async (world) => {
    const { first } = await family(world);
    const ended = await Promise.all(times(8, () => outcome(world, first)));
    assertEquals(ended.toSorted(), [...times(7, () => "reused"), "rotated"]);
  },

  "revokeFamily() by any token of the family": async (world) => {
    for (const by of ["used", "fresh"] as const) {
      const { userId, first } = await family(world);
      const other = await family(world, userId);
      const next = hash();
      await rotate(world, first, next);
      await world.tokens.revokeFamily(by === "used" ? first : next);
      assertEquals(await outcome(world, next), "unknown", by);
      assertEquals(await outcome(world, other.first), "rotated", by);
    }
  },

  "revokeFamily() of an unknown token, or again, is no error": async (world) => {
    const { first } = await family(world);
    await world.tokens.revokeFamily(hash());
    await world.tokens.revokeFamily(first);
    await world.tokens.revokeFamily(first);
    assertEquals(await outcome(world, first), "unknown");
  },

  "revokeUser() revokes every family of that user only": async (world) => {
    const { userId, first } = await family(world);
    const second = await family(world, userId);
    const other = await family(world);
    await world.users.endSignIns(userId);
    assertEquals(await outcome(world, first), "unknown");
    assertEquals(await outcome(world, second.first), "unknown");
    assertEquals(await outcome(world, other.first), "rotated");
    const later = await family(world, userId);
    assertEquals(await outcome(world, later.first), "rotated");
  },

  "revokeUser() at the same moment as rotate() leaves no token that works": async (world) => {
    for (let round = 0; round < 5; round++) {
      const { userId, first } = await family(world);
      const next = hash();
      await Promise.all([rotate(world, first, next), world.users.endSignIns(userId)]);
      assertEquals(await outcome(world, next), "unknown");
    }
  },

  "purge() forgets what expired before, and nothing else": async (world) => {
    const { tokens } = world;
    const expired = await family(world);
    const kept = await family(world);
    const next = hash();
    await rotate(world, kept.first, next, 30);
    const exact = hash();
    const { userId } = kept;
    await tokens.create({ hash: exact, family: uuid(), userId, expiresAt: at(61), at: at(0) });
    await tokens.purge(at(61));
    await tokens.purge(at(61));
    assertEquals(await outcome(world, expired.first, 1), "unknown", "expired before");
    assertEquals(await outcome(world, kept.first, 1), "unknown", "used and expired before");
    assertEquals(await outcome(world, exact, 1), "rotated", "expires at that moment");
    assertEquals(await outcome(world, next, 62), "rotated", "the family lives on");
  },
};
