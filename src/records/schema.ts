import { z } from "zod";
import { status } from "../kernel/status.ts";
import { CHARACTERS, line } from "../kernel/text.ts";

export const correctionBody = z.object({
  status,
  reason: line(1, CHARACTERS.reason).meta({ description: "Why; kept in the trail" }),
});

/** The id of a session in a path, in either case. */
export const sessionIdParam = z.guid("must be a UUID").toLowerCase()
  .meta({ description: "Id of the session" });
