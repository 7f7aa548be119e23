/** The date that it is at this moment in this time zone (IANA), as `2026-09-01`. */
export const dayIn = (timeZone: string, ms: number): string =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone).toPlainDate().toString();
