/** What the documentation shows; checked against the schemas like every answer. */
import type { RecordView, SessionView } from "../attendance/history.ts";
import type { User } from "../users/schema.ts";
import type { ClassDetailView, ClassView } from "./schema.ts";

export const TEACHER: User = {
  id: 7,
  username: "Ada Okafor",
  email: "ada@school.example",
  role: "TEACHER",
};

export const STUDENT: User = {
  id: 31,
  username: "Łucja Wójcik",
  email: "lucja@school.example",
  role: "STUDENT",
};

export const SESSION_ID = "0b9f1f4e-6a0d-4c58-9a43-2f6f5f0f6a11";
export const STARTED_AT = "2026-11-20T08:00:00.000Z";
export const CLOSED_AT = "2026-11-20T08:45:00.000Z";
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

export const CLASS: ClassView = {
  id: 3,
  class_name: "Mathematics 7b",
  teacher: TEACHER,
  students: [STUDENT],
  student_count: 1,
  mark_visibility: "staff",
  created_at: "2026-09-01T07:00:00.000Z",
  updated_at: "2026-09-01T07:00:00.000Z",
};

export const CLASS_DETAIL: ClassDetailView = { ...CLASS, total_sessions: 1, sessions: [SESSION] };
