import type { Attendance, MarkRequest } from "../attendance/service.ts";
import { toAppError } from "../errors.ts";
import type { Count, Series } from "./series.ts";

/** Attendance that counts marks, a bulk mark by the students in it, by transport and outcome. */
export function countMarks(attendance: Attendance, marks: Series<Count>): Attendance {
  const add = ({ source, marks: { length } }: MarkRequest, outcome: string) => {
    marks.of(source, outcome).value += length;
  };
  const refused = (request: MarkRequest) => (error: unknown) =>
    add(request, toAppError(error).code);

  /** Beside the caller's own chain, which stays as it is. */
  function counted<T>(request: MarkRequest, storing: Promise<T>): Promise<T> {
    storing.then(() => add(request, "stored"), refused(request));
    return storing;
  }

  return {
    ...attendance,
    mark: (actor, request) => counted(request, attendance.mark(actor, request)),
    authorizeMark(actor, request) {
      const authorized = attendance.authorizeMark(actor, request);
      authorized.catch(refused(request));
      return authorized.then((issue) => () => counted(request, issue()));
    },
  };
}
