/** The test page's ways in and out, and what becomes of its tokens. */
import { assertEquals, assertMatch } from "@std/assert";
import { withPage } from "../support/browser.ts";
import { withServer } from "../support/server.ts";
import { storedItems } from "./page_audit.js";
import {
  assertClean,
  call,
  connected,
  emailOf,
  logged,
  makeSchool,
  PASSWORD,
  phase,
  row,
  shows,
  signIn,
  state,
} from "./page_school.ts";

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
      await call(server, "POST", "/api/auth/password/", {
        token: teacherToken,
        body: { current: PASSWORD, next: "nine loud geese" },
      });
      await state(page, "disconnected");
      await shows(page, "state-why", "Sign in again to go on.");
      assertEquals([complaints.violations, complaints.outside], [[], []]);
    });
  });
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

Deno.test("the page shows the next user nothing of the last one", async (t) => {
  await withServer(async (server) => {
    await makeSchool(server);
    await withPage(t, async (page, complaints) => {
      await signIn(page, server, emailOf(-1));
      await phase(page, "idle");
      await row(page, "Amina Diallo").waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      const form = page.getByRole("form", { name: "Sign in" });
      assertEquals(await form.getByLabel("Password").inputValue(), "");
      await form.getByLabel("Email or username").fill(emailOf(1));
      await form.getByLabel("Password").fill(PASSWORD);
      await form.getByRole("button", { name: "Sign in" }).click();
      await shows(page, "state", "connected as Amina Diallo (student)");
      await phase(page, "idle");
      assertEquals(await page.locator("#roster li").count(), 0);
      await page.getByRole("form", { name: "Start attendance" }).waitFor({ state: "hidden" });
      assertClean(complaints);
    });
  });
});
