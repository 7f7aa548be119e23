/** Closed sessions over HTTP: reading, correcting, the trail. */
import { z } from "zod";
import { CLOSED_AT, SESSION_ID, STARTED_AT } from "../sessions/examples.ts";
import { NEXT, RECORD, SESSION } from "./examples.ts";
import { STUDENT, TEACHER } from "../accounts/examples.ts";
import type { Admission } from "../classes/admission.ts";
import { classRouteOf } from "../classes/class_route.ts";
import { ok, okList, pageQuery, type Route } from "../http/kit/route.ts";
import { idParam } from "../kernel/ids.ts";
import { changeView, recordDetailView, sessionDetailView, sessionView } from "./history.ts";
import { myAttendanceView } from "./service.ts";
import { correctionBody, sessionIdParam } from "./schema.ts";
import type { Attendance } from "../sessions/service.ts";

const ofClass = z.object({ id: idParam.meta({ description: "Id of the class" }) });
const ofSession = ofClass.extend({ sessionId: sessionIdParam });
const ofRecord = ofSession.extend({
  studentId: idParam.meta({ description: "Id of the student" }),
});

const RECORD_DETAIL = { ...RECORD, marked_at: STARTED_AT, updated_at: CLOSED_AT };

export const historyRoutes = (
  attendance: Attendance,
  classes: Pick<Admission, "admit">,
  classRoute = classRouteOf(classes),
): Route[] => [
  classRoute({
    method: "get",
    path: "/api/class/:id/my-attendance/",
    operationId: "getMyAttendance",
    summary: "Get the caller's own attendance",
    tag: "Attendance",
    access: "class_student",
    params: ofClass,
    etag: true,
    success: {
      status: 200,
      description: "The present or latest status, and totals over the closed sessions",
      schema: ok(myAttendanceView),
      example: {
        success: true,
        data: {
          classId: 3,
          status: "late",
          sessionId: SESSION_ID,
          live: false,
          totals: { present: 17, absent: 2, late: 1, excused: 1, sessions: 21, rate: 0.9 },
        },
      },
    },
    errors: ["class_not_found", "live_unavailable"],
    handler: async ({ actor, params }) => ({
      success: true as const,
      data: await attendance.myAttendance(actor, params.id),
    }),
  }),
  classRoute({
    method: "get",
    path: "/api/class/:id/sessions/",
    operationId: "listSessions",
    summary: "List the closed sessions of a class",
    description: "Newest first; a page of a big class may end before `limit`. A student finds " +
      "only the own record in each.",
    tag: "History",
    access: "class_member",
    params: ofClass,
    query: pageQuery,
    etag: true,
    success: {
      status: 200,
      description: "A page of sessions with their records",
      schema: okList(sessionView),
      example: { success: true, data: [SESSION], next: NEXT },
    },
    errors: ["class_not_found", "invalid_cursor"],
    handler: async ({ actor, params, query }) => ({
      success: true as const,
      ...await attendance.sessions(actor, params.id, query),
    }),
  }),
  classRoute({
    method: "get",
    path: "/api/class/:id/sessions/:sessionId/",
    operationId: "getSession",
    summary: "Get a closed session",
    description: "A student finds only the own record in it.",
    tag: "History",
    access: "class_member",
    params: ofSession,
    etag: true,
    success: {
      status: 200,
      description: "The session with its records",
      schema: ok(sessionDetailView),
      example: {
        success: true,
        data: { ...SESSION, attendance_records: [RECORD_DETAIL] },
      },
    },
    errors: ["class_not_found", "session_not_found"],
    handler: async ({ actor, params }) => ({
      success: true as const,
      data: await attendance.session(actor, params.id, params.sessionId),
    }),
  }),
  classRoute({
    method: "patch",
    path: "/api/class/:id/sessions/:sessionId/records/:studentId/",
    operationId: "correctRecord",
    summary: "Correct a record of a closed session",
    description: "The trail keeps what it was, who changed it and why.",
    tag: "History",
    access: "class_staff",
    params: ofRecord,
    body: correctionBody,
    bodyExample: { status: "excused", reason: "The note came later" },
    success: {
      status: 200,
      description: "The record as it is now",
      schema: ok(recordDetailView),
      example: { success: true, data: { ...RECORD_DETAIL, status: "excused" } },
    },
    errors: ["class_not_found", "session_not_found", "record_not_found"],
    handler: async ({ actor, params, body }) => ({
      success: true as const,
      data: await attendance.correct(actor, {
        classId: params.id,
        sessionId: params.sessionId,
        studentId: params.studentId,
        ...body,
      }),
    }),
  }),
  classRoute({
    method: "get",
    path: "/api/class/:id/sessions/:sessionId/changes/",
    operationId: "listRecordChanges",
    summary: "List every change of a session's records",
    description: "Append-only, oldest first: marks as they were made, the absences written at " +
      "closing, and corrections.",
    tag: "History",
    access: "class_staff",
    params: ofSession,
    query: pageQuery,
    etag: true,
    success: {
      status: 200,
      description: "A page of the trail",
      schema: okList(changeView),
      example: {
        success: true,
        data: [{
          id: 4711,
          student: STUDENT,
          from: "late",
          to: "excused",
          by: TEACHER,
          at: "2026-11-20T12:30:00.000Z",
          reason: "The note came later",
          source: "correction",
        }],
        next: null,
      },
    },
    errors: ["class_not_found", "session_not_found", "invalid_cursor"],
    handler: async ({ actor, params, query }) => ({
      success: true as const,
      ...await attendance.changes(actor, params.id, params.sessionId, query),
    }),
  }),
];
