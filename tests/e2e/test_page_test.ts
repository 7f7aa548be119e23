/** The test page in a real browser against the real server: a live session, and every form. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { withPage } from "../support/browser.ts";
import { ownPort } from "../support/ports.ts";
import { startServer, withServer } from "../support/server.ts";
import { connectSocket } from "../support/socket.ts";
import {
  asAnother,
  assertClean,
  call,
  connected,
  emailOf,
  logged,
  makeSchool,
  phase,
  pressed,
  row,
  shows,
  signIn,
  state,
  STUDENTS,
} from "./page_school.ts";

Deno.test("a teacher takes attendance on the page and a student sees it", async (t) => {
  await withServer(async (server) => {
    const school = await makeSchool(server);
    await withPage(t, async (page, complaints, browser) => {
      const messages: string[] = [];
      page.on("websocket", (socket) => {
        assert(!socket.url().includes("token"), "the token goes in a frame, not in the address");
        socket.on("framereceived", ({ payload }) => messages.push(String(payload)));
      });
      await signIn(page, server, emailOf(-1));
      await shows(page, "state", "connected as ms.okafor (teacher)");

      // A class of one's own, made and filled on the page.
      await page.getByText("New class", { exact: true }).click();
      const creating = page.getByRole("form", { name: "New class" });
      await creating.getByLabel("Name").fill("Chemistry / 9%B <b>");
      await creating.getByRole("button", { name: "Create class" }).click();
      await shows(page, "board-title", "Chemistry / 9%B <b>");
      const enrolling = page.getByRole("form", { name: "Enrol a student" });
      for (const name of STUDENTS.slice(0, 2)) {
        const option = enrolling.locator("option", { hasText: name });
        await option.waitFor({ state: "attached" });
        await enrolling.getByLabel("Student").selectOption(
          await option.getAttribute("value") ?? "",
        );
        await enrolling.getByRole("button", { name: "Enrol" }).click();
        await row(page, name).waitFor();
      }

      // Back to the other class: start, mark, and the student sees it.
      await page.getByLabel("Class on the board").selectOption({ label: "Biology 9B" });
      await phase(page, "idle");
      await page.getByLabel("Title of the session (optional)").fill("Period 1");
      await page.getByRole("button", { name: "Start attendance" }).click();
      await phase(page, "running");
      await shows(page, "board-sub", "Period 1");

      await asAnother(browser, async (other) => {
        await signIn(other, server, emailOf(2));
        await shows(other, "own", "You are not marked yet");
        await row(page, "محمد علي").getByRole("button", { name: "Late" }).click();
        await pressed(page, "محمد علي", "Late");
        await shows(other, "own", "You: Late");
        assertEquals(await other.locator("#roster li").count(), 0);
        // Counts are the server's word of when it last gave it: this page sees one mark of five.
        await shows(other, "count-open", "5");

        // Marks from elsewhere, many in one turn, so that they come as one message.
        const socket = await connectSocket(server.wsUrl, { token: school.teacherToken });
        await socket.next("CONNECTED");
        for (let round = 0; round < 20; round++) {
          for (const studentId of school.studentIds.slice(3)) {
            const status = round === 19 ? "excused" : "present";
            socket.send("ATTENDANCE_MARKED", { classId: school.classId, studentId, status });
          }
        }
        await pressed(page, "佐藤 カオル", "Excused");
        await pressed(page, "Zoë 👩‍🎓", "Excused");
        assert(messages.some((text) => text.startsWith("[")), "no batch came");
        await socket.close();

        await page.getByRole("button", { name: "Mark all others present" }).click();
        await pressed(page, "Amina Diallo", "Present");
        await pressed(page, "<img src=x onerror=alert(1)>", "Present");
        await shows(page, "count-open", "0");

        await page.getByRole("combobox", { name: "Event" }).selectOption("summary");
        await page.getByRole("button", { name: "Send", exact: true }).click();
        await shows(other, "count-present", "2");
        await shows(other, "count-open", "0");

        await page.getByRole("button", { name: "End session" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "End session" }).click();
        await phase(page, "ended");
        await phase(other, "ended");
        await shows(other, "own", "You: Late");
      });

      const history = await call(server, "GET", `/api/class/${school.classId}/`, {
        token: school.teacherToken,
      });
      const [session] = history.sessions ?? history.data.sessions;
      assertEquals(
        [session.present_count, session.late_count, session.excused_count, session.absent_count],
        [2, 1, 2, 0],
      );
      assertEquals(await page.locator("img[src=x]").count(), 0);
      assertClean(complaints);
    }, { width: 1440 });
  });
});

Deno.test("the page reconnects after the server was killed and catches up", async (t) => {
  const directory = await Deno.makeTempDir({ prefix: "attendance-" });
  try {
    const env = { PORT: `${ownPort()}` };
    let server = await startServer({ directory, env });
    const restart = async () => server = await startServer({ directory, env });
    try {
      const school = await makeSchool(server);
      const token = school.teacherToken;
      await withPage(t, async (page, complaints) => {
        await signIn(page, server, emailOf(-1));
        await page.getByRole("button", { name: "Start attendance" }).click();
        await phase(page, "running");
        await row(page, "Amina Diallo").getByRole("button", { name: "Late" }).click();
        await pressed(page, "Amina Diallo", "Late");

        await server.kill("SIGKILL");
        await state(page, "waiting");
        assertMatch(
          await page.locator("#state").textContent() ?? "",
          /^reconnecting in \d+ s$/,
        );
        assertMatch(
          await page.locator("#state-live").textContent() ?? "",
          /^(reconnecting|connecting)/,
        );
        await shows(page, "board-sub", "not live");

        await restart();
        await call(server, "POST", `/api/class/${school.classId}/session/marks/`, {
          token,
          body: { marks: [{ studentId: school.studentIds[3], status: "excused", note: "Choir" }] },
        });
        await connected(page);
        await phase(page, "running");
        await pressed(page, "Amina Diallo", "Late");
        await pressed(page, "佐藤 カオル", "Excused");
        await page.locator("#roster", { hasText: "Choir" }).waitFor();
        await row(page, "Amina Diallo").getByRole("button", { name: "Present" }).click();
        await pressed(page, "Amina Diallo", "Present");

        // A restart by the book: told to come back, it does.
        await server.kill("SIGTERM");
        await state(page, "waiting");
        await shows(page, "state-why", "The server restarts (1012)");
        await restart();
        await connected(page);
        await phase(page, "running");
        await pressed(page, "Amina Diallo", "Present");

        await page.getByRole("button", { name: "Simulate a drop" }).click();
        await state(page, "waiting");
        await connected(page);
        await phase(page, "running");
        await page.getByRole("button", { name: "Disconnect" }).click();
        await state(page, "disconnected");
        await page.getByRole("button", { name: "Connect" }).click();
        await phase(page, "running");
        assertEquals([complaints.violations, complaints.outside], [[], []]);
      });
    } finally {
      await server.kill("SIGTERM");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("the page has a form for each event and shows the answers", async (t) => {
  await withServer(async (server) => {
    await makeSchool(server);
    await withPage(t, async (page, complaints) => {
      await signIn(page, server, emailOf(-1));
      await phase(page, "idle");
      await page.getByRole("button", { name: "Start attendance" }).click();
      await phase(page, "running");
      const kind = page.getByRole("combobox", { name: "Event" });
      const form = page.getByRole("form", { name: "Frame to send" });
      const send = async (event: string) => {
        await page.getByRole("button", { name: "Clear" }).click();
        await kind.selectOption(event);
        await form.getByRole("button", { name: "Send" }).click();
      };
      const answer = async (event: string, text: string) => {
        const entry = logged(page, "received", event);
        await entry.filter({ hasText: text }).waitFor();
      };

      await kind.selectOption("mark");
      await form.getByLabel("Student").selectOption({ index: 1 });
      await form.getByLabel("Status").selectOption("late");
      await form.getByLabel("Note (optional)").fill("Bus");
      assertStringIncludes(
        await page.getByRole("region", { name: "Will be sent" }).textContent() ?? "",
        '"status": "late", "note": "Bus"',
      );
      await form.getByRole("button", { name: "Send" }).click();
      await answer("ATTENDANCE_MARKED", '"note": "Bus"');

      await kind.selectOption("bulk");
      await form.getByLabel("Set every student to").selectOption("present");
      await form.getByRole("button", { name: "Send" }).click();
      await answer("ATTENDANCE_MARKED", "marks ×5");
      await shows(page, "count-present", "5");

      await send("summary");
      await answer("TODAY_SUMMARY", "present 5");
      await send("subscribe");
      await answer("SNAPSHOT", "marks ×5");
      await send("ping");
      await answer("PONG", "serverTime");
      await send("auth");
      await answer("AUTHENTICATED", "role TEACHER");
      assertStringIncludes(
        await logged(page, "sent", "AUTH").textContent() ?? "",
        "(hidden)",
      );
      await send("own");
      await answer("ERROR", "Only students can request their own attendance");
      await form.getByText("Only students can request their own attendance").waitFor();

      await page.getByRole("button", { name: "Clear" }).click();
      await kind.selectOption("raw");
      await form.getByLabel("Text").fill("{not json");
      await form.getByRole("button", { name: "Send" }).click();
      await answer("ERROR", "Invalid JSON format");
      await page.getByRole("status").getByText("Invalid JSON format").waitFor();

      await send("done");
      await answer("DONE", "Attendance persisted");
      await phase(page, "ended");

      // The log: kind, text, pause, clear.
      await send("ping");
      await answer("PONG", "serverTime");
      await page.getByLabel("Kind").selectOption("received");
      await logged(page, "sent", "PING").waitFor({ state: "hidden" });
      await page.getByLabel("Kind").selectOption("all");
      await page.getByLabel("Filter by text").fill("pong");
      await logged(page, "sent", "PING").waitFor({ state: "hidden" });
      await logged(page, "received", "PONG").waitFor();
      await page.getByLabel("Filter by text").fill("");
      await page.getByRole("button", { name: "Pause" }).click();
      await form.getByRole("button", { name: "Send" }).click();
      await shows(page, "log-count", "paused, 2 waiting");
      await page.getByRole("button", { name: "Go on" }).click();
      await page.locator('#log-entries li[data-event="PONG"]').nth(1).waitFor();
      await page.getByRole("button", { name: "Clear" }).click();
      assertEquals(await page.locator("#log-entries li").count(), 0);
      assertClean(complaints);
    });
  });
});
