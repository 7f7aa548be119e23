import { STUDENT } from "../accounts/examples.ts";
import { CLASS } from "../classes/examples.ts";
import { CLOSED_AT, SESSION_ID, STARTED_AT } from "../sessions/examples.ts";
import type { ClassDetailView } from "./class_page.ts";
import type { RecordView, SessionView } from "./history.ts";

export const NEXT = "WyIyMDI2LTExLTIwVDA4OjAwOjAwLjAwMFoiXQ";

export const RECORD: RecordView = {
  id: 902,
  student: STUDENT,
  status: "late",
  note: "bus",
  created_at: CLOSED_AT,
};

export const SESSION: SessionView = {
  session_id: SESSION_ID,
  date: STARTED_AT,
  closed_at: CLOSED_AT,
  title: "Fractions",
  total_students: 1,
  present_count: 0,
  absent_count: 0,
  late_count: 1,
  excused_count: 0,
  attendance_records: [RECORD],
};

export const CLASS_DETAIL: ClassDetailView = { ...CLASS, total_sessions: 1, sessions: [SESSION] };
