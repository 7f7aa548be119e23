/** Classes over HTTP. */
import { z } from "zod";
import {
  defineRoute,
  IMPORT_BODY_LIMIT,
  ok,
  okList,
  pageQuery,
  type Route,
} from "../http/kit/route.ts";
import { classRouteOf } from "./class_route.ts";
import { idParam } from "../kernel/ids.ts";
import { CLASS } from "./examples.ts";
import { CLASS_DETAIL, NEXT } from "../records/examples.ts";
import { handlesFromCsv } from "../imports/handles.ts";
import { classDetailView } from "../records/class_page.ts";
import { className, classView, createClassBody, updateClassBody } from "./schema.ts";
import { importBody, importResult } from "../imports/schema.ts";
import type { Classes } from "./service.ts";

const byId = z.object({ id: idParam.meta({ description: "Id of the class" }) });

const byIdAndStudent = byId.extend({
  student_id: idParam.meta({ description: "Id of the student" }),
});

const okDetail = ok(classDetailView).extend({
  next: z.string().nullable().meta({ description: "Cursor of the next page of sessions" }),
});

const DETAIL = { success: true, data: CLASS_DETAIL, next: NEXT } as const;

const STUDENTS_SEE = "A student sees only the own record in each session, and no other student's " +
  "email. `limit` and `cursor` page the sessions; a page of a big class may end before `limit`.";

export const classRoutes = (
  classes: Classes,
  classRoute = classRouteOf(classes),
): Route[] => [
  defineRoute({
    method: "get",
    path: "/api/class/list_classes/",
    operationId: "listClasses",
    summary: "List the caller's classes",
    description: "A teacher's own, a student's, every class for an administrator. No paging.",
    tag: "Classes",
    access: "signed_in",
    etag: true,
    success: {
      status: 200,
      description: "All classes, by id; `next` is always null",
      schema: okList(classView),
      example: { success: true, data: [CLASS], next: null },
    },
    handler: async ({ actor }) => ({
      success: true as const,
      data: await classes.list(actor),
      next: null,
    }),
  }),
  defineRoute({
    method: "post",
    path: "/api/class/create_class/",
    operationId: "createClass",
    summary: "Create a class",
    description: "A teacher's own; an administrator says whose by `teacher_id`.",
    tag: "Classes",
    access: "teacher_or_admin",
    body: createClassBody,
    bodyExample: { class_name: CLASS.class_name },
    success: {
      status: 201,
      description: "The new class",
      schema: ok(classView),
      example: { success: true, data: { ...CLASS, students: [], student_count: 0 } },
    },
    errors: ["class_name_taken", "user_not_found"],
    handler: async ({ actor, body }) => ({
      success: true as const,
      data: await classes.create(actor, body),
    }),
  }),
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
      ...await classes.byName(actor, params.class_name, query),
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
    params: byId,
    query: pageQuery,
    etag: true,
    success: {
      status: 200,
      description: "The class and a page of its sessions",
      schema: okDetail,
      example: DETAIL,
    },
    errors: ["class_not_found", "invalid_cursor"],
    handler: async ({ actor, params, query }) => ({
      success: true as const,
      ...await classes.byId(actor, params.id, query),
    }),
  }),
  classRoute({
    method: "patch",
    path: "/api/class/:id/",
    operationId: "updateClass",
    summary: "Rename a class, or change its settings",
    description: "Only an administrator may give a class to another teacher (`teacher_id`).",
    tag: "Classes",
    access: "class_staff",
    params: byId,
    body: updateClassBody,
    bodyExample: { class_name: "Mathematics 8b", mark_visibility: "class" },
    success: {
      status: 200,
      description: "The class as it is now",
      schema: ok(classView),
      example: {
        success: true,
        data: { ...CLASS, class_name: "Mathematics 8b", mark_visibility: "class" },
      },
    },
    errors: ["class_not_found", "class_name_taken", "user_not_found"],
    handler: async ({ actor, params, body }) => ({
      success: true as const,
      data: await classes.update(actor, params.id, body),
    }),
  }),
  classRoute({
    method: "delete",
    path: "/api/class/:id/",
    operationId: "archiveClass",
    summary: "Archive a class",
    description: "It disappears from every list and its name is free again; nothing is erased.",
    tag: "Classes",
    access: "class_staff",
    params: byId,
    success: { status: 204, description: "The class is archived" },
    errors: ["class_not_found", "session_running"],
    handler: async ({ actor, params }) => {
      await classes.archive(actor, params.id);
      return undefined;
    },
  }),
  classRoute({
    method: "post",
    path: "/api/class/:id/add-student/:student_id/",
    operationId: "addStudent",
    summary: "Enrol a student",
    description: "Enrolling twice is no error. A running session knows the student at once.",
    tag: "Classes",
    access: "class_staff",
    params: byIdAndStudent,
    success: {
      status: 200,
      description: "The class as it is now",
      schema: ok(classView),
      example: { success: true, data: CLASS },
    },
    errors: ["class_not_found", "student_not_found"],
    handler: async ({ actor, params }) => ({
      success: true as const,
      data: await classes.addStudent(actor, params.id, params.student_id),
    }),
  }),
  classRoute({
    method: "delete",
    path: "/api/class/:id/students/:student_id/",
    operationId: "removeStudent",
    summary: "End a student's enrolment",
    description: "History stays, and so does a mark in the running session.",
    tag: "Classes",
    access: "class_staff",
    params: byIdAndStudent,
    success: { status: 204, description: "The student is not enrolled any more" },
    errors: ["class_not_found", "student_not_enrolled"],
    handler: async ({ actor, params }) => {
      await classes.removeStudent(actor, params.id, params.student_id);
      return undefined;
    },
  }),
  classRoute({
    method: "post",
    path: "/api/class/:id/students/",
    operationId: "importStudents",
    summary: "Enrol many students by email or username",
    description: "JSON: a list, or one under `students`. CSV: the column headed `email`, " +
      "`username` or `student`, else the first one. At most 20,000 rows. Who is not found is " +
      "named in `unknown`; the others are enrolled all the same.",
    tag: "Classes",
    access: "class_staff",
    params: byId,
    body: importBody,
    bodyExample: { students: ["lucja@school.example", "Noor Haddad"] },
    bodyLimit: IMPORT_BODY_LIMIT,
    csv: handlesFromCsv,
    csvExample: "email\nlucja@school.example\nnoor@school.example\n",
    success: {
      status: 200,
      description: "How many were enrolled, and who was not found",
      schema: ok(importResult),
      example: { success: true, data: { added: 1, already: 0, unknown: ["Noor Haddad"] } },
    },
    errors: ["class_not_found"],
    handler: async ({ actor, params, body }) => ({
      success: true as const,
      data: await classes.importStudents(actor, params.id, body),
    }),
  }),
];
