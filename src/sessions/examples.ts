export const SESSION_ID = "0b9f1f4e-6a0d-4c58-9a43-2f6f5f0f6a11";
export const STARTED_AT = "2026-11-20T08:00:00.000Z";
export const CLOSED_AT = "2026-11-20T08:45:00.000Z";
