/** Closed sessions over HTTP: reading, correcting, the trail. */
import { z } from "zod";
import { CLOSED_AT, SESSION_ID, STARTED_AT } from "../sessions/examples.ts";
import { CLASS_DETAIL, NEXT, RECORD, SESSION } from "./examples.ts";
import { STUDENT, TEACHER } from "../accounts/examples.ts";
import { defineRoute, ok, okList, pageQuery, type Route } from "../http/kit/route.ts";
import { idParam } from "../kernel/ids.ts";
import { changeView, recordDetailView, sessionDetailView, sessionView } from "./history.ts";
import { myAttendanceView, type Records } from "./service.ts";
import type { Admission } from "../classes/admission.ts";
import { classRouteOf, ofClass } from "../classes/class_route.ts";
import { className } from "../classes/schema.ts";
import { classDetailView } from "./class_page.ts";
import { correctionBody, sessionIdParam } from "./schema.ts";

const ofSession = ofClass.extend({ sessionId: sessionIdParam });
const ofRecord = ofSession.extend({
  studentId: idParam.meta({ description: "Id of the student" }),
});

const RECORD_DETAIL = { ...RECORD, marked_at: STARTED_AT, updated_at: CLOSED_AT };

const okDetail = ok(classDetailView).extend({
  next: z.string().nullable().meta({ description: "Cursor of the next page of sessions" }),
});

const DETAIL = { success: true, data: CLASS_DETAIL, next: NEXT } as const;

const STUDENTS_SEE = "A student sees only the own record in each session, and no other student's " +
  "email. `limit` and `cursor` page the sessions; a page of a big class may end before `limit`.";

export const recordRoutes = (records: Records, admission: Admission): Route[] => {
  const classRoute = classRouteOf(admission);
  return [
    defineRoute({
      method: "get",
      path: "/api/class/get-class/:class_name/",
      operationId: "getClassByName",
      summary: "Get a class by its name, with its sessions",
      description: `The name is percent-encoded, a slash in it as %2F. ${STUDENTS_SEE}`,
      tag: "Classes",
      access: "signed_in",
      params: z.object({
        class_name: className.meta({ description: "Name of the class, percent-encoded" }),
      }),
      query: pageQuery,
      etag: true,
      success: {
        status: 200,
        description: "The class and a page of its sessions",
        schema: okDetail,
        example: DETAIL,
      },
      errors: ["class_not_found", "class_name_ambiguous", "invalid_cursor"],
      handler: async ({ actor, params, query }) => ({
        success: true as const,
        ...await records.classByName(actor, params.class_name, query),
      }),
    }),
    classRoute({
      method: "get",
      path: "/api/class/:id/",
      operationId: "getClass",
      summary: "Get a class, with its sessions",
      description: STUDENTS_SEE,
      tag: "Classes",
      access: "class_member",
      params: ofClass,
      query: pageQuery,
      etag: true,
      success: {
        status: 200,
        description: "The class and a page of its sessions",
        schema: okDetail,
        example: DETAIL,
      },
      errors: ["class_not_found", "invalid_cursor"],
      handler: async ({ pass, query }) => ({
        success: true as const,
        ...await records.classPage(pass, query),
      }),
    }),
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
      handler: async ({ pass }) => ({
        success: true as const,
        data: await records.myAttendance(pass),
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
      handler: async ({ pass, query }) => ({
        success: true as const,
        ...await records.sessions(pass, query),
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
      handler: async ({ pass, params }) => ({
        success: true as const,
        data: await records.session(
          pass,
          params.sessionId,
        ),
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
      handler: async ({ pass, params, body }) => ({
        success: true as const,
        data: await records.correct(pass, {
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
      handler: async ({ pass, params, query }) => ({
        success: true as const,
        ...await records.changes(
          pass,
          params.sessionId,
          query,
        ),
      }),
    }),
  ];
};
