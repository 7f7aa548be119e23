/** Imports over HTTP. */
import { classRouteOf, ofClass } from "../classes/class_route.ts";
import type { Admission } from "../classes/admission.ts";
import { IMPORT_BODY_LIMIT, ok, type Route } from "../http/kit/route.ts";
import { handlesFromCsv } from "./handles.ts";
import { importBody, importResult } from "./schema.ts";
import type { Imports } from "./service.ts";

export const importRoutes = (imports: Imports, admission: Admission): Route[] => {
  const classRoute = classRouteOf(admission);
  return [
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
      params: ofClass,
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
      handler: async ({ pass, body }) => ({
        success: true as const,
        data: await imports.students(pass, body),
      }),
    }),
  ];
};
