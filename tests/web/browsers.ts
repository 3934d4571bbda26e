/**
 * Pages in real browsers, without a screen: Chromium and Firefox as Debian has
 * them. A message in the console, an error, a request that the page sends, and
 * what its Content-Security-Policy refuses fail the test.
 */

import { assertEquals } from "@std/assert";
import playwright from "playwright-core";
import type { Browser, BrowserContext, Page } from "playwright-core";

export type { Page };

/**
 * Milliseconds that a step may take: on a busy machine a browser starts, or a
 * page draws, for minutes. Only what never comes takes that long.
 */
const PATIENCE = 300_000;

/** The browsers by name. */
export const BROWSERS = ["chromium", "firefox"] as const;

/** The name of a browser; the last one has WebGPU, on a software adapter. */
export type BrowserName = typeof BROWSERS[number] | "chromium with WebGPU";

const PATHS = {
  "chromium": ["/usr/bin/chromium"],
  "firefox": ["/usr/bin/firefox-esr"],
  "chromium with WebGPU": ["/usr/bin/chromium"],
};

function pathOf(name: BrowserName): string | undefined {
  return PATHS[name].find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Chromium asks its maker for lists and updates, unless told otherwise. */
const CHROMIUM_FLAGS = [
  ...["--disable-background-networking", "--disable-component-update"],
  ...["--disable-sync", "--no-first-run", "--no-default-browser-check"],
  ...["--no-pings", "--disable-domain-reliability"],
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  // Debian's CI runs as root, where the sandbox does not start.
  "--no-sandbox",
];

/** So does Firefox. */
const FIREFOX_PREFERENCES = {
  "app.update.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.search.update": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.blocklist.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disabled": true,
  "services.settings.server": "",
  "toolkit.telemetry.enabled": false,
};

const running = new Map<BrowserName, Promise<Browser>>();

function browser(name: BrowserName): Promise<Browser> {
  const found = running.get(name) ?? launch(name);
  running.set(name, found);
  return found;
}

async function launch(name: BrowserName): Promise<Browser> {
  const executablePath = pathOf(name)!;
  return name !== "firefox"
    ? await playwright.chromium.launch({
      executablePath,
      timeout: PATIENCE,
      args: [
        ...CHROMIUM_FLAGS,
        ...name === "chromium" ? [] : ["--enable-unsafe-webgpu"],
      ],
    })
    : await playwright.firefox.launch({
      executablePath,
      timeout: PATIENCE,
      // Debian's own, which is driven by WebDriver BiDi.
      channel: "moz-firefox",
      firefoxUserPrefs: FIREFOX_PREFERENCES,
    });
}

Deno.test.afterAll(async () => {
  for (const opened of running.values()) await (await opened).close();
  running.clear();
});

/** How a page is shown. */
export interface View {
  /** of the window; absent: 1280 x 900 */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** absent: light; Firefox has what its system says */
  readonly colorScheme?: "light" | "dark";
  /** of messages and refusals that the test expects */
  readonly expected?: { test(fault: string): boolean };
}

/**
 * A test in each of the browsers; Firefox, which takes longer to start, is for
 * what may differ there.
 */
export function testInBrowsers(
  name: string,
  test: (open: (url: string, view?: View) => Promise<Page>) => Promise<void>,
  browsers: readonly BrowserName[] = ["chromium"],
): void {
  for (const which of browsers) {
    const isThere = pathOf(which) !== undefined;
    Deno.test({
      name: `${name}, in ${which}` +
        (isThere ? "" : ` [ignored: no ${which}; install ${PACKAGES[which]}]`),
      ignore: !isThere,
      // The browser stays open for the tests that follow.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        const opened: { context: BrowserContext; faults: string[] }[] = [];
        try {
          await test(async (url, view = {}) => {
            const { context, page, faults } = await openPage(which, view);
            opened.push({ context, faults });
            await page.goto(url);
            return page;
          });
          for (const { faults } of opened) assertEquals(faults, []);
        } finally {
          for (const { context } of opened) await context.close();
        }
      },
    });
  }
}

const PACKAGES = {
  "chromium": "chromium",
  "firefox": "firefox-esr",
  "chromium with WebGPU": "chromium",
};

async function openPage(which: BrowserName, view: View) {
  const { viewport = { width: 1280, height: 900 }, expected } = view;
  const context = await (await browser(which)).newContext({
    viewport,
    // Firefox of Debian refuses to be told.
    colorScheme: which !== "firefox" ? view.colorScheme ?? "light" : null,
    ...which !== "firefox" && { reducedMotion: "reduce" },
  });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const faults: string[] = [];
  const note = (fault: string) => {
    if (!expected?.test(fault)) faults.push(fault);
  };
  page.on("console", (message) => {
    note(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`error: ${error.message}`));
  context.on("request", (request) => {
    const isOwn = request.isNavigationRequest() ||
      isSameOrigin(request.url(), page.url());
    if (!isOwn) note(`request: ${request.url().slice(0, 200)}`);
  });
  return { context, page, faults };
}

/** Blobs and data never leave the page; a page of a server may ask it. */
function isSameOrigin(url: string, page: string): boolean {
  if (/^(blob|data):/.test(url)) return true;
  return page.startsWith("http:") &&
    new URL(url).origin === new URL(page).origin;
}

/** Opens a page from disk, as a reader does. */
export async function inFile(
  html: string,
  use: (url: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".html" });
  try {
    await Deno.writeTextFile(path, html);
    await use(`file://${path}`);
  } finally {
    await Deno.remove(path);
  }
}
