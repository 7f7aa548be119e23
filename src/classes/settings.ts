/** What a class's settings say; stores keep them whole. */
import type { ClassSettings } from "./store.ts";

/** The class's own time zone (IANA); null where the school's counts. */
export const zoneOf = ({ time_zone: zone }: ClassSettings): string | null =>
  typeof zone === "string" ? zone : null;
