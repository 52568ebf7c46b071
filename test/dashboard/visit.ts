import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import type { ExperimentNode } from "../../src/core/tree/node.ts";
import { type PageFiles, readPageFiles } from "../../src/dashboard/page-files.ts";
import { type Dashboard, serveDashboard } from "../../src/dashboard/server.ts";
import type { RunFindings } from "../../src/store/run-record.ts";
import { launchBrowser } from "./browser.ts";
import { type ShownProject, shownProject } from "./shown-project.ts";

/** The built page: `npm test` builds before it tests. */
export const BUILT = fileURLToPath(new URL("../../dist/dashboard/page/", import.meta.url));

let browser: Browser;
let files: PageFiles;

beforeAll(async () => {
  browser = await launchBrowser();
  files = await readPageFiles(BUILT);
});
afterAll(() => browser.close());

export interface Visit {
  readonly page: Page;
  readonly shown: ShownProject;
  readonly dashboard: Dashboard;
  /** What the browser complained about so far. */
  readonly complaints: string[];
}

interface VisitOptions {
  readonly hash?: string;
  readonly findings?: RunFindings;
  /** As the run's configuration has it. */
  readonly agent?: object;
  /** The font of words; `null` for the page's own. */
  readonly sans?: string | null;
}

/** Runs in the browser, before the page's own script. */
function useSans(family: string): void {
  document.addEventListener("readystatechange", () => {
    document.documentElement.style.setProperty("--sans", family);
  });
}

/** Opens the page on a run; whatever a browser complains about fails the test. */
export async function visit(
  nodes: readonly ExperimentNode[],
  {
    hash = "",
    findings = {},
    agent,
    sans = null,
    ...options
  }: BrowserContextOptions & VisitOptions = {},
): Promise<Visit> {
  const directory = mkdtempSync(join(tmpdir(), "loopty-page-"));
  const shown = await shownProject(directory);
  if (nodes.length > 0) await shown.addRun(nodes, findings, agent);
  const dashboard = await serve(shown, 0);
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    // A server that is gone is told on the console too.
    if (message.type() === "error" && !message.text().includes("net::ERR_")) {
      complaints.push(message.text());
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(dashboard.url)) elsewhere.push(request.url());
  });
  onTestFinished(async () => {
    await context.close();
    await dashboard[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
    expect({ complaints, elsewhere }).toEqual({ complaints: [], elsewhere: [] });
  });
  // The page's own style sheet is older, and so weaker.
  if (sans !== null) await page.addInitScript(useSans, sans);
  await page.goto(dashboard.url + hash);
  return { page, shown, dashboard, complaints };
}

export function serve({ project }: ShownProject, port: number): Promise<Dashboard> {
  const tellBug = (error: unknown) => console.error(error);
  return serveDashboard({ project, page: files, port, tellBug });
}
