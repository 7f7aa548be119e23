/**
 * Takes live_session.png anew: the real server, accounts of the demo school, real Chromium.
 * Run it with `deno run -A docs/pictures/live_session.ts`. It needs Chromium, and fonts for many
 * scripts (Debian: fonts-noto-core, fonts-noto-cjk).
 */
import { chromium } from "playwright-core";
import { withServer } from "../../tests/support/server.ts";
import { connectSocket } from "../../tests/support/socket.ts";
import { runTool } from "../../tests/tools/tool.ts";

const PASSWORD = "slate and chalk";
const TEACHER = "teacher.1@demo.example";
/** One student of each, if there is one. */
const SCRIPTS = [
  ...["Latin", "Greek", "Cyrillic", "Georgian", "Hebrew", "Arabic", "Devanagari", "Thai"],
  ...["Hangul", "Katakana", "Han"],
];
const MARKS = ["present", "present", "late", "present", "present", "excused", "absent", "present"];

await withServer(async ({ url, wsUrl, directory }) => {
  const { code, stderr } = await runTool("demo", { directory, args: [PASSWORD] });
  if (code !== 0) throw new Error(stderr);
  let token = "";
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await response.json();
  };
  const login = await call("POST", "/api/auth/login/", { email: TEACHER, password: PASSWORD });
  token = login.token.access;
  const { data: made } = await call("POST", "/api/class/create_class/", {
    class_name: "Chemistry 8C",
  });
  const { data: all } = await call("GET", "/api/students/?limit=200");
  const people: { id: number; username: string; email: string }[] = all;
  const chosen = SCRIPTS.flatMap((script) => {
    const pattern = new RegExp(`^\\p{Script=${script}}`, "u");
    return people.filter(({ username }) => pattern.test(username)).slice(0, 1);
  });
  await call("POST", `/api/class/${made.id}/students/`, chosen.map(({ email }) => email));

  const browser = await chromium.launch({
    executablePath: Deno.env.get("CHROMIUM_PATH") ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({
      viewport: { width: 1360, height: 980 },
      locale: "en-GB",
    });
    await page.goto(`${url}/`);
    const form = page.getByRole("form", { name: "Sign in" });
    await form.getByLabel("Email or username").fill(TEACHER);
    await form.getByLabel("Password").fill(PASSWORD);
    await form.getByRole("button", { name: "Sign in" }).click();
    await page.locator('#state[data-state="connected"]').waitFor();
    await page.getByLabel("Class on the board").selectOption({ label: "Chemistry 8C" });
    await page.getByLabel("Title of the session (optional)").fill("Acids");
    await page.getByRole("button", { name: "Start attendance" }).click();
    await page.locator('#board[data-phase="running"]').waitFor();

    // Marked from another device: the page hears it live.
    const socket = await connectSocket(wsUrl, { token });
    for (const [index, status] of MARKS.entries()) {
      await socket.request("ATTENDANCE_MARKED", {
        classId: made.id,
        studentId: chosen[index]?.id,
        status,
        ...(status === "late" ? { note: "Bus was late" } : {}),
      });
    }
    await page.locator("#count-present", { hasText: "5" }).waitFor();
    await socket.close();
    await page.screenshot({ path: new URL("live_session.png", import.meta.url).pathname });
  } finally {
    await browser.close();
  }
});
