/** A real Chromium for tests of pages. */
import { type Browser, chromium, type Page } from "playwright-core";
import { requirement } from "./requirement.ts";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** What a page did that a good page does not do. */
export interface Complaints {
  /** Errors in the console, uncaught exceptions, failed requests. */
  readonly errors: string[];
  /** Violations of the page's Content-Security-Policy. */
  readonly violations: string[];
  /** Requests to hosts other than the tested one. */
  readonly outside: string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

async function watch(page: Page, complaints: Complaints): Promise<void> {
  page.on("console", (message) => {
    if (message.type() === "error") complaints.errors.push(message.text());
  });
  page.on("pageerror", (error) => complaints.errors.push(String(error)));
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "failed";
    // A page that is left gives its requests up.
    if (why !== "net::ERR_ABORTED") complaints.errors.push(`${request.url()}: ${why}`);
  });
  page.on("request", (request) => {
    const url = new URL(request.url());
    const own = ["127.0.0.1", "localhost"].includes(url.hostname);
    if (!own && !["data:", "blob:"].includes(url.protocol)) complaints.outside.push(url.href);
  });
  await page.exposeFunction(
    "reportViolation",
    (text: string) => void complaints.violations.push(text),
  );
  await page.addInitScript(`document.addEventListener("securitypolicyviolation", (event) =>
    reportViolation(event.violatedDirective + " stopped " + event.blockedURI + " " + event.sample))`);
}

/**
 * Runs `work` with a fresh page as a step of the test. Without Chromium (`CHROMIUM_PATH`, else
 * /usr/bin/chromium) the step is skipped, and in CI it fails.
 */
export async function withPage(
  t: Deno.TestContext,
  work: (page: Page, complaints: Complaints, browser: Browser) => Promise<void>,
  { width = 1280, height = 900, colorScheme = "light" }: PageOptions = {},
): Promise<void> {
  const executablePath = requirement(
    Deno.env.get("CHROMIUM_PATH") ?? "/usr/bin/chromium",
    "apt-get install chromium (or set CHROMIUM_PATH)",
  );
  await t.step({
    name: `in Chromium, ${width}×${height}, ${colorScheme}`,
    ignore: executablePath === null,
    fn: async () => {
      const browser = await chromium.launch({ executablePath: executablePath ?? "", args: ARGS });
      try {
        const page = await browser.newPage({ viewport: { width, height }, colorScheme });
        const complaints: Complaints = { errors: [], violations: [], outside: [] };
        await watch(page, complaints);
        await work(page, complaints, browser);
      } finally {
        await browser.close();
      }
    },
  });
}
