/**
 * (c) `get-class` page by page: what a page costs must depend on what is in it, not on how much
 * history lies behind. `behind` is the time against the same page of a tenth of the history.
 */
import { startSeeded } from "./seeded.ts";
import { median } from "./table.ts";

export interface PageRow {
  readonly students: number;
  readonly sessions: number;
  /** Sessions asked for; the default is 50. */
  readonly limit: number;
  /** Records in the page. */
  readonly records: number;
  readonly ms: number;
  readonly usPerRecord: number;
  /** Null where there is no class with a tenth of the history. */
  readonly behind: number | null;
}

/** Students, sessions. Of each size of class one with ten times the history of another. */
const CLASSES = [[50, 20], [50, 200], [500, 20], [500, 200]] as const;
const LIMITS = [50, 10];

export async function pages({ rounds = 15 }: { rounds?: number } = {}): Promise<PageRow[]> {
  const server = await startSeeded(
    CLASSES.map(([students, sessions]) => ({
      name: `${students} students, ${sessions} sessions`,
      students,
      sessions,
    })),
  );
  const cells = server.classes.flatMap((each, index) => {
    const [students, sessions] = CLASSES[index] ?? [0, 0];
    return LIMITS.map((limit) => {
      const path = `/api/class/get-class/${encodeURIComponent(each.name)}/`;
      const times: number[] = [];
      return { ...each, students, sessions, limit, times, path: `${path}?limit=${limit}` };
    });
  });
  for (let round = -2; round < rounds; round++) {
    for (const { path, teacher, times } of cells) {
      const started = performance.now();
      await server.call("GET", path, teacher);
      if (round >= 0) times.push(performance.now() - started);
    }
  }
  await server.stop();
  return cells.map(({ students, sessions, limit, times }) => {
    const records = Math.min(limit, sessions) * students;
    const less = cells.find((cell) =>
      cell.students === students && cell.limit === limit && cell.sessions === sessions / 10 &&
      // Only where both pages hold the same.
      cell.sessions >= limit
    );
    const ms = median(times);
    return {
      students,
      sessions,
      limit,
      records,
      ms,
      usPerRecord: ms * 1000 / records,
      behind: less ? ms / median(less.times) : null,
    };
  });
}

if (import.meta.main) console.table(await pages());
