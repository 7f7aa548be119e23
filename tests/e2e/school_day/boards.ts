import { assertEquals } from "@std/assert";
import type { Board } from "../../../static/app/board.js";
import type { Mark } from "../../support/ledger.ts";
import type { Follower } from "./follower.ts";
import type { Classroom } from "./lesson.ts";

/** What someone sees of a running session is the truth, as far as it is theirs to see. */
export function checkBoard(
  board: ReturnType<Board["state"]>,
  { person, isStaff, connections }: Follower,
  { classId, visibility }: Classroom,
  truth: { readonly sessionId: string; readonly marks: ReadonlyMap<number, Mark> },
): void {
  const own = person.id;
  const seen = [...truth.marks.values()].filter(({ studentId }) =>
    isStaff || visibility === "class" || studentId === own
  ).map((mark) => isStaff || mark.studentId === own ? mark : { ...mark, note: null });
  const shown = [...board.marks.values()].map(({ studentId, status, note }) => (
    { studentId: Number(studentId), status, note: note ?? null }
  ));
  const byStudent = (a: Mark, b: Mark) => a.studentId - b.studentId;
  const who = `${person.username} on class ${classId}, connection ${connections}`;
  assertEquals([board.phase, board.session?.sessionId], ["running", truth.sessionId], who);
  assertEquals(shown.sort(byStudent), seen.sort(byStudent), who);
}
