/** Rows of the live tables and what they are in the port's terms. */
import type { MarkVisibility } from "../../classes/visibility.ts";
import type { Status, Summary } from "../../kernel/status.ts";
import { changeOf } from "../../sessions/live_change.ts";
import type {
  ClosingSession,
  LiveChange,
  LiveMark,
  LiveSession,
  StartInput,
} from "../../sessions/live_store.ts";

export interface SessionRow {
  readonly class_id: number;
  readonly session_id: string;
  /** As JSON, what of a session never changes. */
  readonly fixed: string;
  readonly mark_visibility: MarkVisibility;
  seq: number;
  present: number;
  absent: number;
  late: number;
  excused: number;
  enrolled: number;
  /** As JSON, how its close began. */
  readonly close: string | null;
}

export type Close = Pick<ClosingSession, "outcome" | "closedBy" | "closedAt">;

export const fixedOf = ({ roster: _, markVisibility: __, ...fixed }: StartInput): string =>
  JSON.stringify(fixed);

export const toSession = (row: SessionRow): LiveSession => ({
  ...JSON.parse(row.fixed),
  markVisibility: row.mark_visibility,
  seq: row.seq,
  state: row.close === null ? "open" : "closing",
});

export const toClose = (json: string): Close => JSON.parse(json);

export function toSummary(row: SessionRow): Summary {
  const { present, absent, late, excused, enrolled } = row;
  return { present, absent, late, excused, total: present + absent + late + excused, enrolled };
}

export const toMark = ({ mark }: { readonly mark: string }): LiveMark => JSON.parse(mark);

export const toChange = (row: {
  readonly from_status: Status | null;
  readonly mark: string;
}): LiveChange => changeOf(JSON.parse(row.mark), row.from_status);

/** What every event of this session begins with. */
export const eventBase = (row: SessionRow) => ({
  classId: row.class_id,
  sessionId: row.session_id,
  seq: row.seq,
});
