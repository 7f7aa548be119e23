/**
 * Who may do what, all of it: every operation and every socket event × everyone who might try. The
 * rows come from the route table and the frame table; one without a rule or a sample here fails.
 */
import { assert, assertEquals } from "@std/assert";
import { ACCESS, type Access } from "../../src/kernel/access.ts";
import type { Route } from "../../src/http/kit/route.ts";
import {
  CLIENT_FRAMES,
  type ClientEvent,
  isClientEvent,
} from "../../src/realtime/protocol/client_frames.ts";
import { withAllRoutes } from "../support/all_routes.ts";
import type { Frame, SocketClient } from "../support/socket.ts";
import { assertSampled, optionsOf, type Sample, sampleOf, SAMPLES } from "./samples.ts";
import { onStage, type PersonName, type Stage } from "./stage.ts";

const WITHOUT_TOKEN = {
  anonymous: "authentication_required",
  expired: "token_expired",
  leaver: "account_inactive",
} as const;
const SIGNED_IN = ["stranger", "student", "rival", "teacher", "admin"] as const;

type Refused = keyof typeof WITHOUT_TOKEN;
type SignedIn = typeof SIGNED_IN[number];
type Who = Refused | SignedIn;

const EVERYONE: readonly Who[] = ["anonymous", "expired", "leaver", ...SIGNED_IN];

/** The rules spelt out, apart from the code that applies them. */
const MAY: Readonly<Record<Access, readonly Who[]>> = {
  anyone: EVERYONE,
  signed_in: SIGNED_IN,
  teacher_or_admin: ["rival", "teacher", "admin"],
  admin: ["admin"],
  class_staff: ["teacher", "admin"],
  class_member: ["student", "teacher", "admin"],
  class_student: ["student"],
};
const OF_THE_CLASS: readonly Who[] = MAY.class_member;

const isRefused = (who: Who): who is Refused => who in WITHOUT_TOKEN;

const personOf = (who: Who): PersonName => who === "anonymous" || who === "expired" ? "admin" : who;

async function tokenOf(stage: Stage, who: Who): Promise<string | undefined> {
  if (who === "anonymous") return undefined;
  const person = stage.people[personOf(who)];
  // Made anew: an operation before may have ended every sign-in of the person.
  return await stage.tokenOf(person, who === "expired" ? -60_000 : 60_000);
}

/** What this call must come to: a status, and the code of a refusal. */
function expected(route: Route, sample: Sample, who: Who): [status: number, code?: string] {
  if (MAY[sample.rule].includes(who)) {
    if (sample.unseen && !OF_THE_CLASS.includes(who)) return [404, sample.unseen];
    return [route.success.status];
  }
  return isRefused(who) ? [401, WITHOUT_TOKEN[who]] : [403, "forbidden"];
}

async function tryOperation(stage: Stage, route: Route, sample: Sample, who: Who): Promise<void> {
  await stage.renew();
  const call = await sample.prepare(stage, personOf(who));
  const path = sampleOf(route, call);
  const before = stage.dump();
  const answer = await stage.api.call(route.method.toUpperCase(), path, {
    ...optionsOf(call),
    token: await tokenOf(stage, who),
  });
  const [status, code] = expected(route, sample, who);
  const seen = [answer.status, ...(answer.status >= 400 ? [answer.body.code] : [])];
  const name = `${who}: ${route.operationId}`;
  assertEquals(seen, code === undefined ? [status] : [status, code], `${name} ${answer.text}`);
  if (code !== undefined) assertEquals(stage.dump(), before, `${name} changed something`);
}

Deno.test("every operation has a rule, the contract's, and a sample", async () => {
  await withAllRoutes((routes) => {
    assertSampled(routes);
    for (const { operationId, access } of routes) {
      assert(ACCESS.includes(access), operationId);
      assertEquals(access, SAMPLES[operationId]?.rule, operationId);
    }
  });
});

Deno.test("every operation lets in whom its rule names and nobody else", async (t) => {
  await withAllRoutes(async (routes) => {
    await onStage(async (stage) => {
      for (const route of routes) {
        const sample = SAMPLES[route.operationId];
        if (!sample) throw new Error(`${route.operationId} has no sample`);
        await t.step(`${route.operationId} (${route.access})`, async () => {
          for (const who of EVERYONE) await tryOperation(stage, route, sample, who);
        });
      }
    });
  });
});

Deno.test("a role is what the database says now, not what the token says", async () => {
  await onStage(async (stage) => {
    const { admin, stranger } = stage.people;
    const path = `/api/users/${stranger.id}/`;
    await stage.as(stranger, 403, "GET", "/api/users/");
    await stage.as(admin, 200, "PATCH", path, { body: { role: "ADMIN" } });
    await stage.as(stranger, 200, "GET", "/api/users/");
    await stage.as(admin, 200, "PATCH", path, { body: { role: "STUDENT" } });
    await stage.as(stranger, 403, "GET", "/api/users/");
  });
});

interface FrameSample {
  /** Who may, as the contract says it. */
  readonly rule: Access;
  readonly data: (stage: Stage, classId: number, by: PersonName) => Record<string, unknown>;
  /** What the role that may never send it is told. */
  readonly denied?: string;
}

const ofClass: FrameSample["data"] = (_, classId) => ({ classId });

const FRAMES: Readonly<Record<ClientEvent, FrameSample>> = {
  ATTENDANCE_MARKED: {
    rule: "class_staff",
    data: ({ people }, classId) => ({ classId, studentId: people.student.id, status: "late" }),
    denied: "Only teachers can mark attendance",
  },
  TODAY_SUMMARY: {
    rule: "class_staff",
    data: ofClass,
    denied: "Only teachers can request attendance summary",
  },
  MY_ATTENDANCE: {
    rule: "class_student",
    data: ofClass,
    denied: "Only students can request their own attendance",
  },
  DONE: {
    rule: "class_staff",
    data: ofClass,
    denied: "Only teachers can end attendance session",
  },
  SUBSCRIBE: { rule: "class_member", data: ofClass },
  AUTH: { rule: "anyone", data: ({ people }, _, by) => ({ token: people[by].token }) },
  PING: { rule: "signed_in", data: () => ({}) },
};

const EVENTS = Object.keys(FRAMES).filter(isClientEvent);

/** Whether the rule shuts out the person's whole role, so that the answer has a fixed text. */
const wrongRole = (rule: Access, who: SignedIn): boolean =>
  rule === "class_staff"
    ? who === "student" || who === "stranger"
    : rule === "class_student" && (who === "teacher" || who === "rival" || who === "admin");

/** A frame has its answer, and everything sent because of it has arrived before this resolves. */
async function barrier(...sockets: readonly SocketClient[]): Promise<void> {
  for (const socket of sockets) await socket.request("PING");
}

async function tryEvent(stage: Stage, event: ClientEvent, who: SignedIn): Promise<void> {
  const sample = FRAMES[event];
  const found = await stage.newClass();
  await stage.start(found);
  const witness = await stage.connect(stage.people.teacher);
  const socket = await stage.connect(stage.people[who]);
  await barrier(witness);
  const heard = witness.frames.length;
  const before = stage.dump();
  const answer: Frame = await socket.request(event, sample.data(stage, found.id, who));
  const name = `${who}: ${event} ${JSON.stringify(answer)}`;
  if (MAY[sample.rule].includes(who)) {
    assertEquals(answer.event, CLIENT_FRAMES[event].answer, name);
  } else {
    assertEquals([answer.event, answer.data.code], ["ERROR", "forbidden"], name);
    assertEquals(answer.data.event, event, name);
    if (sample.denied && wrongRole(sample.rule, who)) {
      assertEquals(answer.data.message, sample.denied, name);
    }
    await barrier(witness);
    assertEquals(witness.frames.length, heard + 1, `${name}: others heard of it`);
    assertEquals(stage.dump(), before, `${name} changed something`);
  }
  await Promise.all([socket.close(), witness.close()]);
}

/** A socket without a valid token is told so and closed, whatever it sends. */
async function tryWithoutToken(stage: Stage, event: ClientEvent, who: Refused): Promise<void> {
  const found = await stage.newClass();
  await stage.start(found);
  const token = await tokenOf(stage, who);
  const before = stage.dump();
  // With a token the refusal comes by itself, and a frame sent meanwhile changes nothing.
  const socket = await stage.open(token === undefined ? {} : { token });
  const auth = event === "AUTH" && token !== undefined ? { token } : {};
  socket.send(event, { ...FRAMES[event].data(stage, found.id, personOf(who)), ...auth });
  const { data } = await socket.next("ERROR");
  assertEquals(data.message, "Authentication required. Please provide a valid JWT token.");
  assertEquals(data.code, WITHOUT_TOKEN[who], `${who}: ${event}`);
  assertEquals((await socket.closed).code, 4401, `${who}: ${event}`);
  assertEquals(socket.frames.length, 1, `${who}: ${event}`);
  assertEquals(stage.dump(), before, `${who}: ${event} changed something`);
}

Deno.test("every socket event has a rule, the contract's, and a sample", () => {
  assertEquals(EVENTS.sort(), Object.keys(CLIENT_FRAMES).sort());
  for (const event of EVENTS) {
    const { access, ...frame } = CLIENT_FRAMES[event];
    assertEquals(access, FRAMES[event].rule, event);
    assertEquals("denied" in frame ? frame.denied : undefined, FRAMES[event].denied, event);
  }
});

Deno.test("every socket event is taken from whom its rule names and nobody else", async (t) => {
  await onStage(async (stage) => {
    for (const event of EVENTS) {
      await t.step(`${event} (${FRAMES[event].rule})`, async () => {
        for (const who of SIGNED_IN) await tryEvent(stage, event, who);
      });
    }
  });
});

Deno.test("a socket without a valid token gets an ERROR and 4401, whatever it sends", async (t) => {
  await onStage(async (stage) => {
    for (const event of EVENTS) {
      await t.step(event, async () => {
        for (const who of ["anonymous", "expired", "leaver"] as const) {
          // Signing in with the first frame is what a socket without a token is for.
          if (who === "anonymous" && event === "AUTH") continue;
          await tryWithoutToken(stage, event, who);
        }
      });
    }
    await t.step("AUTH first, with a valid token", async () => {
      const { teacher } = stage.people;
      const socket = await stage.open();
      assertEquals((await socket.request("AUTH", { token: teacher.token })).event, "AUTHENTICATED");
      assertEquals((await socket.next("CONNECTED")).data.userId, `${teacher.id}`);
      await socket.close();
    });
  });
});
