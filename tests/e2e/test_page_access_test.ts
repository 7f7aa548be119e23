/** The test page for everybody: by keyboard, on phones, light and dark. */
import { assert, assertEquals } from "@std/assert";
import { withPage } from "../support/browser.ts";
import { withServer } from "../support/server.ts";
import { auditPage, focusIsVisible, hasFocus } from "./page_audit.js";
import {
  assertClean,
  emailOf,
  logged,
  makeSchool,
  PASSWORD,
  phase,
  pressed,
  signIn,
} from "./page_school.ts";

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
