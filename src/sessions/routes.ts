/** The running session over HTTP: the twins of the socket's events. */
import { SESSION_ID, STARTED_AT } from "./examples.ts";
import { STUDENT, TEACHER } from "../accounts/examples.ts";
import { AppError } from "../kernel/errors.ts";
import { defineRoute, ok, type Route } from "../http/kit/route.ts";
import { marksBody, startBody } from "./schema.ts";
import type { Sessions } from "./service.ts";
import type { Admission } from "../classes/admission.ts";
import { classRouteOf, ofClass } from "../classes/class_route.ts";
import {
  doneView,
  marksView,
  sessionStartedView,
  snapshotView,
  toDone,
  toMarks,
  toSessionStarted,
  toSnapshot,
} from "./views.ts";

const MARK = {
  studentId: `${STUDENT.id}`,
  status: "late",
  note: "bus",
  markedBy: `${TEACHER.id}`,
  markedAt: "2026-11-20T08:07:12.345Z",
} as const;

const COUNTS = { present: 0, absent: 0, late: 1, excused: 0, total: 1 };

export const sessionRoutes = (sessions: Sessions, admission: Admission): Route[] => {
  const classRoute = classRouteOf(admission);
  return [
    defineRoute({
      method: "post",
      path: "/api/class/start-attendance/",
      operationId: "startAttendance",
      summary: "Start an attendance session",
      description: "The room hears `SESSION_STARTED`. A class has at most one running session.",
      tag: "Attendance",
      access: "class_staff",
      body: startBody,
      bodyExample: { class_id: 3, title: "Fractions" },
      success: {
        status: 200,
        description: "The session that is running now",
        schema: ok(sessionStartedView),
        example: {
          success: true,
          data: {
            sessionId: SESSION_ID,
            classId: "3",
            startedAt: STARTED_AT,
            title: "Fractions",
            seq: 1,
          },
        },
      },
      errors: ["class_not_found", "session_already_active", "live_unavailable"],
      handler: async ({ actor, body }) => ({
        success: true as const,
        data: toSessionStarted(
          await sessions.start(await admission.admit(actor, body.classId, "class_staff"), body),
        ),
      }),
    }),
    classRoute({
      method: "get",
      path: "/api/class/:id/session/",
      operationId: "getRunningSession",
      summary: "Get the running session",
      description: "The same as the socket's `SNAPSHOT`.",
      tag: "Attendance",
      access: "class_staff",
      params: ofClass,
      etag: true,
      success: {
        status: 200,
        description: "All marks, the counts, and the `seq` that both are of",
        schema: ok(snapshotView),
        example: {
          success: true,
          data: {
            classId: "3",
            session: {
              sessionId: SESSION_ID,
              startedAt: STARTED_AT,
              startedBy: `${TEACHER.id}`,
              title: "Fractions",
              markVisibility: "staff",
            },
            marks: [{ ...MARK, seq: 2 }],
            summary: { ...COUNTS, enrolled: 24 },
            seq: 2,
            markVisibility: "staff",
          },
        },
      },
      errors: ["class_not_found", "no_active_session", "live_unavailable"],
      handler: async ({ pass }) => {
        const snapshot = await sessions.snapshot(pass);
        if (!snapshot.session) throw new AppError("no_active_session");
        return { success: true as const, data: toSnapshot(snapshot) };
      },
    }),
    classRoute({
      method: "post",
      path: "/api/class/:id/session/marks/",
      operationId: "markAttendance",
      summary: "Mark students",
      description: "All marks or none; one change, one broadcast. Marking again replaces.",
      tag: "Attendance",
      access: "class_staff",
      params: ofClass,
      body: marksBody,
      bodyExample: { marks: [{ studentId: STUDENT.id, status: "late", note: "bus" }] },
      success: {
        status: 200,
        description: "The marks as stored",
        schema: ok(marksView),
        example: {
          success: true,
          data: { classId: "3", sessionId: SESSION_ID, marks: [MARK], seq: 2 },
        },
      },
      errors: ["class_not_found", "no_active_session", "student_not_enrolled", "live_unavailable"],
      handler: async ({ pass, body }) => ({
        success: true as const,
        data: toMarks(
          await sessions.mark(pass, {
            marks: body.marks,
            bulk: true,
            source: "http",
          }),
        ),
      }),
    }),
    classRoute({
      method: "post",
      path: "/api/class/:id/session/done/",
      operationId: "finishAttendance",
      summary: "Close the running session",
      description:
        "Unmarked students become absent and everything is saved. After a 503 the session " +
        "takes no more marks; send it again to finish.",
      tag: "Attendance",
      access: "class_staff",
      params: ofClass,
      success: {
        status: 200,
        description: "The final counts",
        schema: ok(doneView),
        example: {
          success: true,
          data: {
            classId: "3",
            sessionId: SESSION_ID,
            message: "Attendance persisted",
            present: 20,
            absent: 3,
            late: 1,
            excused: 0,
            total: 24,
            seq: 23,
          },
        },
      },
      errors: ["class_not_found", "no_active_session", "live_unavailable"],
      handler: async ({ pass }) => ({
        success: true as const,
        data: toDone(await sessions.done(pass)),
      }),
    }),
    classRoute({
      method: "delete",
      path: "/api/class/:id/session/",
      operationId: "cancelAttendance",
      summary: "Cancel the running session",
      description: "Its marks are thrown away; only a line in the audit log stays.",
      tag: "Attendance",
      access: "class_staff",
      params: ofClass,
      success: { status: 204, description: "The session is gone" },
      errors: ["class_not_found", "no_active_session", "live_unavailable"],
      handler: async ({ pass }) => {
        await sessions.cancel(pass);
        return undefined;
      },
    }),
  ];
};
