/** The test page in a real browser against the real server. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { type Complaints, withPage } from "../support/browser.ts";
import { type ServerProcess, startServer, withServer } from "../support/server.ts";
import { connectSocket } from "../support/socket.ts";
import { auditPage, focusIsVisible, hasFocus, storedItems } from "./page_audit.js";

const PASSWORD = "slate-and-chalk-88";
/** Names that must come out as they are: markup, right to left, other scripts, emoji. */
const STUDENTS = [
  "<img src=x onerror=alert(1)>",
  "Amina Diallo",
  "محمد علي",
  "佐藤 カオル",
  "Zoë 👩‍🎓",
];

interface School {
  readonly teacherToken: string;
  readonly classId: number;
  readonly studentIds: readonly number[];
}

async function call(
  server: ServerProcess,
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
  return text === "" ? null : JSON.parse(text);
}

const emailOf = (index: number) => index < 0 ? "okafor@school.example" : `s${index}@school.example`;

/** A teacher, students and a class in which they are enrolled. */
async function makeSchool(server: ServerProcess): Promise<School> {
  const people = [
    { username: "ms.okafor", email: emailOf(-1), role: "TEACHER" },
    ...STUDENTS.map((username, i) => ({ username, email: emailOf(i), role: "STUDENT" })),
  ];
  const users = await Promise.all(
    people.map((person) =>
      call(server, "POST", "/api/auth/signup/", { body: { ...person, password: PASSWORD } })
    ),
  );
  const { token } = await call(server, "POST", "/api/auth/login/", {
    body: { email: emailOf(-1), password: PASSWORD },
  });
  const teacherToken: string = token.access;
  const { data } = await call(server, "POST", "/api/class/create_class/", {
    token: teacherToken,
    body: { class_name: "Biology 9B" },
  });
  const classId: number = data.id;
  const studentIds: number[] = users.slice(1).map(({ user }) => user.id);
  for (const id of studentIds) {
    await call(server, "POST", `/api/class/${classId}/add-student/${id}/`, { token: teacherToken });
  }
  return { teacherToken, classId, studentIds };
}

async function signIn(page: Page, server: ServerProcess, email: string): Promise<void> {
  await page.goto(`${server.url}/`);
  const form = page.getByRole("form", { name: "Sign in" });
  await form.getByLabel("Email or username").fill(email);
  await form.getByLabel("Password").fill(PASSWORD);
  await form.getByRole("button", { name: "Sign in" }).click();
  await connected(page);
}

const state = (page: Page, name: string) => page.locator(`#state[data-state="${name}"]`).waitFor();
const connected = (page: Page) => state(page, "connected");
const phase = (page: Page, name: string) =>
  page.locator(`#board[data-phase="${name}"][data-sync="in step"]`).waitFor();
const row = (page: Page, name: string) => page.getByRole("group", { name, exact: true });
const pressed = (page: Page, name: string, status: string) =>
  row(page, name).locator(`button[aria-pressed="true"]`, { hasText: status }).waitFor();
const shows = (page: Page, id: string, text: string) =>
  page.locator(`#${id}`, { hasText: text }).waitFor();
/** The newest log entry of an event, opened, as text. */
const logged = (page: Page, kind: string, event: string) =>
  page.locator(`#log-entries li[data-kind="${kind}"][data-event="${event}"]`).last();

/** Opens the page once more as somebody else, in a profile of its own. */
async function asAnother(
  browser: Browser,
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await browser.newContext();
  try {
    await work(await context.newPage());
  } finally {
    await context.close();
  }
}

function assertClean(complaints: Complaints): void {
  assertEquals(complaints, { errors: [], violations: [], outside: [] });
}

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
    let server = await startServer({ directory });
    const port = new URL(server.url).port;
    const restart = async () => server = await startServer({ directory, env: { PORT: port } });
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

Deno.test("the page can be used with the keyboard alone", async (t) => {
  await withServer(async (server) => {
    await makeSchool(server);
    await withPage(t, async (page, complaints) => {
      const { keyboard } = page;
      /** Presses Tab until the focus is on what the selector names. */
      const tabTo = async (selector: string) => {
        for (let presses = 0; presses < 60; presses++) {
          await keyboard.press("Tab");
          if (await hasFocus(page, selector)) {
            assert(await focusIsVisible(page), `the focus on ${selector} cannot be seen`);
            return;
          }
        }
        throw new Error(`Cannot reach ${selector} with Tab`);
      };
      await page.goto(`${server.url}/`);
      await page.locator("#welcome").waitFor();
      await tabTo(".skip");
      await keyboard.press("Enter");
      await tabTo('input[name="entry"]');
      await keyboard.press("ArrowRight");
      await page.getByRole("form", { name: "Sign up" }).waitFor();
      await keyboard.press("ArrowLeft");
      await tabTo('#sign-in input[name="handle"]');
      await keyboard.type("ms.okafor");
      await keyboard.press("Tab");
      await keyboard.type(PASSWORD);
      await keyboard.press("Enter");
      await phase(page, "idle");

      await tabTo('#start input[name="title"]');
      await keyboard.press("Enter");
      await phase(page, "running");
      await tabTo("#roster button");
      await keyboard.press("ArrowDown");
      await keyboard.press("ArrowRight");
      await keyboard.press("Enter");
      await pressed(page, "Amina Diallo", "Late");
      await keyboard.press("ArrowUp");
      await keyboard.press("e");
      await pressed(page, "<img src=x onerror=alert(1)>", "Excused");
      await keyboard.press("End");
      await keyboard.press("p");
      await pressed(page, "佐藤 カオル", "Present");

      // One stop for the whole list: the next Tab leaves it.
      await keyboard.press("Tab");
      assert(!(await hasFocus(page, "#roster *")));
      await keyboard.press("Shift+Tab");
      await tabTo("#compose-event");
      await tabTo("#compose button");
      await keyboard.press("Enter");
      await logged(page, "received", "ATTENDANCE_MARKED").waitFor();
      await tabTo("#log-entries");
      assertClean(complaints);
    });
  });
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

Deno.test("the page renews its token, keeps it over a reload and signs out", async (t) => {
  await withServer(async (server) => {
    await makeSchool(server);
    await withPage(t, async (page, complaints) => {
      await signIn(page, server, emailOf(-1));
      // Renewed ahead of its end, without a reconnection.
      await logged(page, "received", "AUTHENTICATED").filter({ hasText: "answers p" }).waitFor();
      assertEquals(await page.locator('#log-entries li[data-event="CONNECTED"]').count(), 1);

      await page.reload();
      await connected(page);
      await shows(page, "state", "connected as ms.okafor (teacher)");
      assertEquals(await storedItems(page), 0);

      await page.getByText("Options", { exact: true }).click();
      await page.getByLabel("The token goes").selectOption("url");
      await page.getByLabel("Take frames in batches").uncheck();
      const opened = page.waitForEvent("websocket");
      await page.getByRole("button", { name: "Disconnect" }).click();
      await page.getByRole("button", { name: "Connect" }).click();
      assertMatch((await opened).url(), /\/ws\/\?token=/);
      await connected(page);

      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("form", { name: "Sign in" }).waitFor();
      await state(page, "disconnected");
      await page.reload();
      await page.getByRole("form", { name: "Sign in" }).waitFor();
      assertClean(complaints);
    });
  }, { ACCESS_TOKEN_TTL: "5s" });
});

Deno.test("the page takes a pasted token and asks to sign in when it has ended", async (t) => {
  await withServer(async (server) => {
    const { teacherToken } = await makeSchool(server);
    await withPage(t, async (page, complaints) => {
      await page.goto(`${server.url}/`);
      await page.getByRole("radio", { name: "Use a token" }).check();
      const form = page.getByRole("form", { name: "Use a token" });
      await form.getByLabel("Access token").fill("not.a.token");
      await form.getByRole("button", { name: "Use it" }).click();
      await form.getByText("The token is not valid").waitFor();
      await form.getByLabel("Access token").fill(`Bearer ${teacherToken}`);
      await form.getByRole("button", { name: "Use it" }).click();
      await connected(page);
      await state(page, "disconnected");
      await shows(page, "state-why", "Sign in again to go on.");
      assertEquals([complaints.violations, complaints.outside], [[], []]);
    });
  }, { ACCESS_TOKEN_TTL: "5s" });
});

Deno.test("the page tells a wrong password, and signs up a student", async (t) => {
  await withServer(async (server) => {
    await withPage(t, async (page, complaints) => {
      await page.goto(`${server.url}/`);
      const form = page.getByRole("form", { name: "Sign in" });
      await form.getByLabel("Email or username").fill("nobody@school.example");
      await form.getByLabel("Password").fill("wrong");
      await form.getByRole("button", { name: "Sign in" }).click();
      await form.getByRole("alert").getByText("Invalid email or password").waitFor();

      await page.getByRole("radio", { name: "Sign up" }).check();
      const signUp = page.getByRole("form", { name: "Sign up" });
      await signUp.getByLabel("Username").fill("Ines Oliveira");
      await signUp.getByLabel("Email").fill("ines@school.example");
      await signUp.getByLabel("Password").fill(PASSWORD);
      await signUp.getByLabel("I am a").selectOption("STUDENT");
      await signUp.getByRole("button", { name: "Create the account and sign in" }).click();
      await shows(page, "state", "connected as Ines Oliveira (student)");
      await page.getByText("You are not enrolled in a class yet.").waitFor();
      assertEquals(await page.getByRole("button", { name: "Start attendance" }).count(), 0);
      assertEquals([complaints.violations, complaints.outside], [[], []]);
    });
  });
});

Deno.test("the page fits phones and reads well, light and dark", async (t) => {
  await withServer(async (server) => {
    await makeSchool(server);
    for (const colorScheme of ["light", "dark"] as const) {
      for (const width of [320, 768, 1440]) {
        await withPage(t, async (page, complaints) => {
          await page.goto(`${server.url}/`);
          await page.locator("#welcome").waitFor();
          assertEquals(await auditPage(page), []);
          for (const entry of ["Sign up", "Use a token"]) {
            await page.getByRole("radio", { name: entry }).check();
            assertEquals(await auditPage(page), [], entry);
          }
          await signIn(page, server, emailOf(-1));
          await page.locator("#board:not([data-sync=asking])[data-sync='in step']").waitFor();
          const start = page.getByRole("button", { name: "Start attendance" });
          if (await start.isVisible()) await start.click();
          await phase(page, "running");
          for (const [i, status] of ["Present", "Late", "Excused", "Absent"].entries()) {
            const group = page.locator("#roster [role=group]").nth(i);
            await group.getByRole("button", { name: status }).click();
            await group.locator('button[aria-pressed="true"]', { hasText: status }).waitFor();
          }
          for (const summary of await page.locator(".side summary").all()) await summary.click();
          for (const event of ["mark", "bulk", "auth", "raw"]) {
            await page.getByRole("combobox", { name: "Event" }).selectOption(event);
            assertEquals(await auditPage(page), [], event);
          }
          await page.locator("#log-entries summary").last().click();
          assertEquals(await auditPage(page), [], "with an entry open");
          assertClean(complaints);
        }, { width, height: width < 500 ? 640 : 900, colorScheme });
      }
    }
  });
});
