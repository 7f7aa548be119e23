import { at, closedSession, type ContractTests, refused, TODAY, uuid } from "./storage_world.ts";

export const lifeTests: ContractTests = {
  "ready() resolves on an open, migrated database": async ({ ready }) => {
    await ready();
  },

  "close() can be called twice": async ({ close }) => {
    await close();
    await close();
  },

  "every verb is refused with storage_unavailable after close()": async (world) => {
    const { users, tokens, links, schools, classes, history, imports, outbox } = world;
    const { idempotency, journal } = world;
    const klass = await world.klass();
    const teacher = klass.teacherId;
    await world.close();
    const key = { userId: teacher, key: world.tag };
    const external = { source: world.tag, externalId: "1" };
    const link = { hash: "h", at: at(0) };
    const about = { classId: klass.id, by: teacher, at: at(1) };
    const verbs: (() => Promise<unknown>)[] = [
      () => world.ready(),
      () => world.user("STUDENT"),
      () => users.byId(teacher),
      () => users.withHash(teacher),
      () => users.byHandle(world.tag),
      () => users.studentsByHandle([world.tag]),
      () => users.list({}, { limit: 1, after: null }),
      () => users.update(teacher, { active: true }),
      () => tokens.create({ hash: "h", family: "f", userId: teacher, expiresAt: at(9), at: at(0) }),
      () => tokens.rotate({ hash: "h", nextHash: "n", nextExpiresAt: at(9), at: at(0) }),
      () => tokens.revokeFamily("h"),
      () => users.endSignIns(teacher),
      () => users.replacePassword(teacher, { from: "a", to: "b" }),
      () => users.identify(teacher, external),
      () => users.byExternalId(external),
      () => links.create({ ...link, userId: teacher, purpose: "welcome", expiresAt: at(9) }),
      () => links.find(link),
      () => links.use({ ...link, passwordHash: "x" }),
      () => links.purge(at(-1_000_000)),
      () => schools.school(),
      () => schools.updateSchool({}),
      () => tokens.purge(at(0)),
      () => classes.create({ teacherId: teacher, name: world.tag, at: at(0) }),
      () => classes.byId(klass.id),
      () => classes.visibleByName({ userId: teacher, role: "TEACHER" }, klass.name, at(0)),
      () => classes.visibleTo({ userId: teacher, role: "TEACHER" }, at(0)),
      () => classes.update(klass.id, { at: at(1) }),
      () => classes.setStaff(klass.id, { userId: teacher, role: "co", from: null, until: null }),
      () => classes.removeStaff(klass.id, teacher),
      () => classes.staffOf([klass.id]),
      () => classes.isStaff(klass.id, teacher, at(0)),
      () => classes.identify(klass.id, external),
      () => classes.byExternalId(external),
      () => classes.enrolments(klass.id),
      () => classes.enrol(klass.id, [teacher], TODAY),
      () => classes.unenrol(klass.id, teacher, TODAY),
      () => classes.isEnrolled(klass.id, teacher),
      () => classes.studentsOf([klass.id]),
      () => classes.studentCount(klass.id),
      () => classes.enrolledIn(teacher),
      () => history.saveSession(closedSession(klass, [])),
      () => history.audit({ ...about, kind: "session_cancelled", subject: uuid(), detail: {} }),
      () =>
        history.correct({
          ...about,
          sessionId: uuid(),
          studentId: teacher,
          status: "late",
          reason: "x",
        }),
      () => history.codes(),
      () => history.setCodes([]),
      () => imports.byId(uuid(), at(0)),
      () => imports.finish(uuid(), at(0)),
      () => imports.remove(uuid()),
      () => imports.purge(at(-1_000_000)),
      () => outbox.claim({ claim: uuid(), limit: 0, at: at(0), leaseUntil: at(1) }),
      () => outbox.finish(Number.MAX_SAFE_INTEGER, uuid()),
      () => outbox.fail(Number.MAX_SAFE_INTEGER, uuid(), at(0)),
      () => history.sessions(klass.id, { limit: 1, before: null }),
      () => history.session(klass.id, uuid()),
      () => history.recordsOf([uuid()]),
      () => history.changes(uuid(), { limit: 1, after: null }),
      () => history.studentTotals(klass.id, teacher),
      () => idempotency.claim({ ...key, fingerprint: "f", at: at(0), staleMs: 1 }),
      () => idempotency.finish({ ...key, at: at(0), status: 200, body: "" }),
      () => idempotency.release({ ...key, at: at(0) }),
      () => idempotency.purge(at(-1_000_000)),
      () => journal.append({ sessionId: uuid(), classId: klass.id, epoch: 1 }, []),
      () => journal.claim(uuid(), 1, 2),
      () => journal.open(),
      () => journal.read(uuid()),
    ];
    for (const verb of verbs) await refused("storage_unavailable", verb);
  },
};
