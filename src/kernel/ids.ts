/** Ids as HTTP, sockets and URLs carry them. */
import { z } from "zod";

/** Ids of users and classes: positive, exact in a JSON number. */
export const idNumber = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

const CANONICAL_ID = /^[1-9]\d{0,15}$/;

/** An id as people and JSON write it: 7 or "7", never "07", "7e0", " 7" or -7. */
export const idInput = z.union([
  idNumber,
  z.string().regex(CANONICAL_ID, "must be a positive whole number").transform(Number)
    .pipe(idNumber),
], "must be a positive whole number").meta({
  description: "A positive whole number, as a number or in plain decimal digits",
});

/** An id in a URL path. */
export const idParam = z.string().regex(CANONICAL_ID, "must be a positive whole number")
  .transform(Number).pipe(idNumber);
