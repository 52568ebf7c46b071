import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { report } from "../../src/cli/report.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { reportedNodes, reportedResult } from "../cli/reported-run.ts";
import { storeRun } from "../cli/stored-run.ts";
import { scratchFolder } from "../store/scratch.ts";
import { launchBrowser } from "./browser.ts";

const ATTACK = `</title></style><script>document.title="hacked"</script><img src=x onerror="alert(1)">`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

async function storedRun(words?: string, file?: string): Promise<{ readonly folder: string }> {
  const world = fakeWorld(scratchFolder());
  await storeRun(world, reportedNodes(words, file), { result: reportedResult() });
  return { folder: world.cwd };
}

async function openReport(
  words?: string,
  file?: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const { folder } = await storedRun(words, file);
  await report(fakeWorld(folder), { output: "report.html" });
  return visit(join(folder, "report.html"), options);
}

/** Opens a file from disk; whatever the browser complains about, or asks the network for, fails the test. */
async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const folder = pathToFileURL(dirname(path)).href;
  page.on("request", (request) => {
    if (!request.url().startsWith(folder)) complaints.push(`request: ${request.url()}`);
  });
  onTestFinished(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });
  await page.goto(pathToFileURL(path).href);
  return page;
}

describe("the report from disk", () => {
  it("shows the tree with the champion's lineage, the staircase and the pairs", async () => {
    const page = await openReport();
    expect(await page.title()).toBe("matmul, run 1: time_ms 4.37x");
    expect(await page.locator(".tree .node .mark").count()).toBe(4);
    expect(await page.locator(".tree .node.lineage").count()).toBe(3);
    expect(await page.locator(".tree .champion-ring").count()).toBe(1);
    expect(await page.locator(".staircase .best").getAttribute("d")).toMatch(/^M.*V.*V/);
    expect(await page.locator(".pair-picture .pair").count()).toBe(3);
    expect(await page.locator(".story > li").count()).toBe(2);
    expect(await page.locator(".diff .added, .diff .removed").allInnerTexts()).toEqual([
      "-int a;\n",
      "+int c;\n",
    ]);
  });

  it("is styled in light and dark, under a policy that allows this style alone", async () => {
    const backOf = (page: Page) =>
      page.locator("body").evaluate((body) => getComputedStyle(body).backgroundColor);
    const light = await openReport();
    expect(await backOf(light)).toBe("rgb(252, 252, 251)");
    const dark = await openReport(undefined, undefined, { colorScheme: "dark" });
    expect(await backOf(dark)).toBe("rgb(19, 21, 25)");
  });

  it("shows what containers and models wrote, and runs none of it", async () => {
    const page = await openReport(ATTACK, `${ATTACK}\n`);
    expect(await page.title()).toBe("matmul, run 1: time_ms 4.37x");
    expect(await page.locator("script, img, link, iframe, object").count()).toBe(0);
    expect(await page.locator(".story h3").last().innerText()).toContain(ATTACK);
    expect(await page.locator(".diff .added").innerText()).toBe(`+${ATTACK}\n`);
  });

  it("fits a telephone: what is wide scrolls by itself", async () => {
    const page = await openReport(undefined, undefined, {
      viewport: { width: 390, height: 844 },
    });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});

describe("the pictures for a README", () => {
  it("are shown by the markup that goes with them, in the reader's theme", async () => {
    const { folder } = await storedRun(ATTACK);
    const world = fakeWorld(folder);
    await report(world, { svg: "run" });
    const readme = join(folder, "README.html");
    writeFileSync(readme, world.stdout.text);
    const page = await visit(readme, { colorScheme: "dark" });
    const image = page.locator("img");
    const shown = () =>
      image.evaluate(async (element) => {
        if (!(element instanceof HTMLImageElement)) return null;
        await element.decode();
        return [element.currentSrc.replace(/.*\//, ""), element.naturalWidth > 700];
      });
    expect(await shown()).toEqual(["run-dark.svg", true]);
    await page.emulateMedia({ colorScheme: "light" });
    // The browser loads the other picture in its own time.
    await expect.poll(shown, { timeout: 10_000 }).toEqual(["run-light.svg", true]);
  });

  it.each([
    ["light", "rgb(252, 252, 251)"],
    ["dark", "rgb(19, 21, 25)"],
  ])(
    "are %s whatever the browser prefers, and hold no markup but their own",
    async (theme, back) => {
      const { folder } = await storedRun(ATTACK);
      await report(fakeWorld(folder), { svg: "run" });
      for (const colorScheme of ["light", "dark"] as const) {
        const page = await visit(join(folder, `run-${theme}.svg`), { colorScheme });
        const seen = await page.evaluate(() => ({
          back: getComputedStyle(document.querySelector(".back") ?? document.documentElement).fill,
          kinds: [
            ...new Set([...document.querySelectorAll("*")].map((each) => each.localName)),
          ].sort(),
        }));
        expect(seen).toEqual({
          back,
          kinds: ["circle", "g", "path", "rect", "style", "svg", "text", "tspan"],
        });
      }
    },
  );
});
