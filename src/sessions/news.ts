/** What changes of accounts and classes mean for running sessions and for open sockets. */
import type { AccountNews } from "../accounts/news.ts";
import type { ClassNews } from "../classes/news.ts";
import type { ClassStore } from "../classes/store.ts";
import { isNoSession } from "./closing.ts";
import type { LiveStore } from "./live_store.ts";

/** @param now milliseconds since 1970 */
export function createSessionNews(
  { live, classes, now }: {
    live: Pick<LiveStore, "updateClass" | "publishControl" | "session" | "beginClose">;
    classes: Pick<ClassStore, "enrolledIn">;
    now: () => number;
  },
): { readonly accounts: AccountNews; readonly classes: ClassNews } {
  return {
    accounts: {
      changed: (userId) => live.publishControl({ type: "user", userId }),
      async studentActivity(userId, active) {
        const change = active ? { enrol: [userId] } : { unenrol: [userId] };
        for (const classId of await classes.enrolledIn(userId)) {
          await live.updateClass(classId, change);
        }
      },
    },
    classes: {
      changed: (classId) => live.publishControl({ type: "class", classId }),
      visibilityChanged: (classId, markVisibility) => live.updateClass(classId, { markVisibility }),
      async enrolled(classId, { added, already }) {
        const enrol = [...added, ...already];
        if (enrol.length > 0) await live.updateClass(classId, { enrol });
        if (added.length === 0) return;
        await live.publishControl({ type: "enrolment", classId, userIds: added, enrolled: true });
      },
      async left(classId, studentId) {
        await live.updateClass(classId, { unenrol: [studentId] });
        await live.publishControl({
          type: "enrolment",
          classId,
          userIds: [studentId],
          enrolled: false,
        });
      },
      running: async (classId) => await live.session(classId) !== null,
      async cancelRunning(classId, by) {
        const running = await live.session(classId);
        if (!running) return;
        try {
          // The sweeper writes its audit line.
          await live.beginClose({
            classId,
            sessionId: running.sessionId,
            outcome: "cancelled",
            closedBy: by,
            closedAt: new Date(now()).toISOString(),
          });
        } catch (error) {
          if (!isNoSession(error)) throw error;
        }
      },
    },
  };
}
