/** Whatever several sockets and their HTTP twins do to a class at once, nothing is lost or invented. */
import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { runTool } from "../tools/tool.ts";
import { type Person, schoolApi } from "../support/school_api.ts";
import { withServer } from "../support/server.ts";
import {
  accountOf,
  checkAnswers,
  checkHistory,
  checkOrder,
  checkQuietMoments,
  checkReplies,
  checkSeqs,
} from "./marking/checks.ts";
import { play, type Stage } from "./marking/play.ts";
import { steps } from "./marking/steps.ts";
import { checkStreams } from "./marking/streams.ts";

const RUNS = 40;

async function withStage(work: (stage: Stage) => Promise<void>): Promise<void> {
  await withServer(async ({ url, wsUrl, directory }) => {
    const api = schoolApi(() => url);
    const [email, password] = ["root@school.example", "four quiet otters"];
    const made = await runTool("create-admin", {
      directory,
      args: [email],
      input: `${password}\n`,
    });
    assertEquals([made.code, made.stderr], [0, ""]);
    const students: Person[] = [];
    for (let n = 0; n < 7; n++) students.push(await api.enter(`student ${n}`, "STUDENT"));
    await work({
      api,
      wsUrl,
      teacher: await api.enter("teacher", "TEACHER"),
      admin: await api.signIn(email, password),
      students,
    });
  }, { FRAME_RATE: "0", LOG_LEVEL: "warn" });
}

Deno.test("any interleaving of marks, enrolments, starts and closes ends as acknowledged", async () => {
  await withStage(async (stage) => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (given) => {
        const account = accountOf(stage, await play(stage, `Class ${++run}`, given));
        checkSeqs(account);
        checkAnswers(account);
        checkOrder(account);
        checkReplies(account);
        checkQuietMoments(account);
        checkStreams(account);
        checkHistory(account);
      }),
      // Played again, the same steps may interleave otherwise: a smaller example proves nothing.
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
