/** Port: who must hear of changed classes, and who knows what runs in them. */
import type { MarkVisibility } from "./visibility.ts";

export interface ClassNews {
  /** The class was made, archived, or got another teacher. */
  changed(classId: number): Promise<void>;
  visibilityChanged(classId: number, visibility: MarkVisibility): Promise<void>;
  /**
   * These students are on the class list; `added` are those who were not before. Those who were are
   * told again, because an earlier call may have failed before its news.
   */
  enrolled(
    classId: number,
    students: { readonly added: readonly number[]; readonly already: readonly number[] },
  ): Promise<void>;
  left(classId: number, studentId: number): Promise<void>;
  /** Whether the class has a session that is not in history yet. */
  running(classId: number): Promise<boolean>;
  /** Cancels a session that was started while the class was being archived. */
  cancelRunning(classId: number, by: number): Promise<void>;
}
