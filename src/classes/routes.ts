/** Classes over HTTP. */
import { defineRoute, ok, okList, type Route } from "../http/kit/route.ts";
import { idParam } from "../kernel/ids.ts";
import type { Admission } from "./admission.ts";
import { classRouteOf, ofClass } from "./class_route.ts";
import { CLASS } from "./examples.ts";
import { classView, createClassBody, updateClassBody } from "./schema.ts";
import type { Classes } from "./service.ts";

const ofStudent = ofClass.extend({
  student_id: idParam.meta({ description: "Id of the student" }),
});

export const classRoutes = (classes: Classes, admission: Admission): Route[] => {
  const classRoute = classRouteOf(admission);
  return [
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
    classRoute({
      method: "patch",
      path: "/api/class/:id/",
      operationId: "updateClass",
      summary: "Rename a class, or change its settings",
      description: "Only an administrator may give a class to another teacher (`teacher_id`).",
      tag: "Classes",
      access: "class_staff",
      params: ofClass,
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
      handler: async ({ pass, body }) => ({
        success: true as const,
        data: await classes.update(pass, body),
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
      params: ofClass,
      success: { status: 204, description: "The class is archived" },
      errors: ["class_not_found", "session_running"],
      handler: async ({ pass }) => {
        await classes.archive(pass);
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
      params: ofStudent,
      success: {
        status: 200,
        description: "The class as it is now",
        schema: ok(classView),
        example: { success: true, data: CLASS },
      },
      errors: ["class_not_found", "student_not_found"],
      handler: async ({ pass, params }) => ({
        success: true as const,
        data: await classes.addStudent(pass, params.student_id),
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
      params: ofStudent,
      success: { status: 204, description: "The student is not enrolled any more" },
      errors: ["class_not_found", "student_not_enrolled"],
      handler: async ({ pass, params }) => {
        await classes.removeStudent(pass, params.student_id);
        return undefined;
      },
    }),
  ];
};
