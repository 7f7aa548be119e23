import { toAppError } from "../kernel/errors.ts";
import type { LiveStore, MarkInput } from "../sessions/live_store.ts";
import type { Count, Series } from "./series.ts";

/**
 * A live store that counts the marks that come to it, a bulk mark by the students in it, by
 * transport and outcome. Who may not mark is refused before that.
 */
export function countMarks(live: LiveStore, marks: Series<Count>): LiveStore {
  const add = (input: MarkInput, outcome: string) => {
    for (const { source } of input.marks) marks.of(source, outcome).value++;
  };
  return {
    ...live,
    mark(input) {
      const stored = live.mark(input);
      // Beside the caller's own chain, which stays as it is.
      stored.then(() => add(input, "stored"), (error) => add(input, toAppError(error).code));
      return stored;
    },
  };
}
