import { assert, assertEquals } from "@std/assert";
import type { ClaimedMessage } from "../../src/kernel/outbox.ts";
import {
  at,
  closedSession,
  type ContractTests,
  ids,
  present,
  refused,
  times,
  TODAY,
  uuid,
  type World,
} from "./storage_world.ts";

const message = ({ tag }: World, what: string, minute = 1) => ({
  topic: `${tag}.${what}`,
  payload: { what, deep: ['"~1\\', null, "🌱"] },
  at: at(minute),
});

/** Claims all there is, of others too, and returns what is this test's. */
async function claimAll({ outbox, tag }: World, minute: number, claim = uuid()) {
  const input = { claim, limit: 100_000, at: at(minute), leaseUntil: at(minute + 5) };
  const claimed = await outbox.claim(input);
  return claimed.filter(({ topic }) => topic.startsWith(tag));
}

const told = (tag: string, messages: readonly ClaimedMessage[]) =>
  messages.map(({ topic, subject }) => [topic.slice(tag.length + 1), subject]);

export const outboxTests: ContractTests = {
  "verbs write their messages, about what they changed": async (world) => {
    const { users, classes, history, tag } = world;
    const messages = (what: string) => ({ messages: [message(world, what)] });
    const { id } = await world.user("STUDENT", messages("made"));
    await users.update(id, { name: "New", ...messages("changed") });
    const klass = await world.klass();
    await classes.enrol(klass.id, [id], { ...TODAY, ...messages("enrolled") });
    await classes.enrol(klass.id, [id], { ...TODAY, ...messages("enrolled again") });
    const student = present(await users.byId(id));
    const closed = closedSession(klass, [[student, "absent"]], messages("saved"));
    await history.saveSession(closed);
    await history.saveSession({ ...closed, ...messages("saved again") });
    const { sessionId } = closed;
    await history.correct({
      classId: klass.id,
      sessionId,
      studentId: id,
      status: "excused",
      reason: "ill",
      by: klass.teacherId,
      at: at(90),
      ...messages("corrected"),
    });
    await classes.unenrol(klass.id, id, { ...TODAY, ...messages("left") });
    await classes.unenrol(klass.id, id, { ...TODAY, ...messages("left again") });
    const claimed = await claimAll(world, 2);
    assertEquals(told(tag, claimed), [
      ["made", `${id}`],
      ["changed", `${id}`],
      ["enrolled", `${klass.id}`],
      ["saved", sessionId],
      ["corrected", sessionId],
      ["left", `${klass.id}`],
    ]);
    const [first] = claimed;
    const { payload } = message(world, "made");
    assertEquals(
      [present(first).payload, present(first).createdAt, present(first).attempts],
      [payload, at(1), 1],
    );
  },

  "what a verb refuses leaves no message": async (world) => {
    const taken = await world.user("STUDENT");
    const messages = [message(world, "never")];
    const person = { username: taken.username, messages };
    await refused("username_taken", () => world.user("STUDENT", person));
    await refused("username_taken", async () => {
      const other = await world.user("STUDENT");
      await world.users.update(other.id, person);
    });
    assertEquals(await claimAll(world, 5), []);
  },

  "claim() gives each message that is due to one claimant": async (world) => {
    const { outbox } = world;
    const messages = times(20, (i) => ({ ...message(world, `${i}`), due: at(i < 18 ? 1 : 100) }));
    await world.user("STUDENT", { messages });
    const claims = await Promise.all(times(4, () => claimAll(world, 2)));
    assertEquals(new Set(claims.flatMap(ids)).size, 18);
    assertEquals(claims.flat().length, 18);
    for (const claim of claims) assertEquals(ids(claim), ids(claim).toSorted((a, b) => a - b));
    const none = await outbox.claim({ claim: uuid(), limit: 0, at: at(2), leaseUntil: at(3) });
    assertEquals(none, []);
  },

  "a lease that ends leaves the message to the next one": async (world) => {
    const { outbox } = world;
    await world.user("STUDENT", { messages: [message(world, "x")] });
    const [first, second] = [uuid(), uuid()];
    const { id } = present((await claimAll(world, 2, first))[0]);
    assertEquals(await claimAll(world, 6), []);
    const again = present((await claimAll(world, 7, second))[0]);
    assertEquals([again.id, again.attempts], [id, 2]);
    assertEquals(await outbox.finish(id, first), false);
    assertEquals(await outbox.fail(id, first, at(8)), false);
    assertEquals(await outbox.fail(id, second, at(30)), true);
    assertEquals(await outbox.finish(id, second), false);
    assertEquals(await claimAll(world, 29), []);
    const third = uuid();
    assertEquals(present((await claimAll(world, 30, third))[0]).attempts, 3);
    assert(await outbox.finish(id, third));
    assertEquals(await claimAll(world, 99), []);
  },
};
