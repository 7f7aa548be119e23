import { assertEquals } from "@std/assert";
import type { ContractTests } from "./storage_world.ts";

export const schoolTests: ContractTests = {
  "updateSchool() changes what is given": async ({ schools, tag }) => {
    const before = await schools.school();
    try {
      const steps = [
        { name: `${tag} Škola 🌱`, signup: "students" },
        { timeZone: "Asia/Kolkata", locale: "cs" },
        { signup: null },
        {},
      ] as const;
      let expected = before;
      for (const patch of steps) {
        expected = { ...expected, ...patch };
        assertEquals(await schools.updateSchool(patch), expected);
        assertEquals(await schools.school(), expected);
      }
    } finally {
      await schools.updateSchool(before);
    }
  },

  "setCodes() replaces the codes for attendance": async ({ history, tag }) => {
    const before = await history.codes();
    try {
      const codes = [
        { code: "#", status: "excused", meaning: `${tag} Sportfest` },
        { code: "Ä", status: "late", meaning: "🚌" },
        { code: "ä", status: "absent", meaning: "x" },
      ] as const;
      await history.setCodes(codes.toReversed());
      assertEquals<unknown>(await history.codes(), codes);
      await history.setCodes([]);
      assertEquals(await history.codes(), []);
    } finally {
      await history.setCodes(before);
    }
  },
};
