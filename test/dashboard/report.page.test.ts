import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { report } from "../../src/cli/commands/taking/report.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { metricOf } from "../agent/experiment-node.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { reportedNodes, reportedResult } from "../cli/reported-run.ts";
import { storeRun } from "../cli/stored-run.ts";
import { scratchFolder } from "../store/scratch.ts";
import { launchBrowser } from "./browser.ts";
import { overlapsIn } from "./overlap.ts";

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
    expect(await page.title()).toBe("matmul, run 1: time_ms 4.37x faster");
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

  it("tells all of a finished run: result, story, change, cost, and what to type", async () => {
    const { folder } = await storedRun();
    const end = { type: "run_finished", reason: "nothing_left", text: "all was tried" };
    const event = { v: 1, at: "2026-11-23T11:00:00.000Z", ...end, best: "1.1.1" };
    writeFileSync(join(folder, ".loopty/runs/1/events.jsonl"), `${JSON.stringify(event)}\n`);
    await report(fakeWorld(folder), { output: "report.html" });
    const page = await visit(join(folder, "report.html"));
    const parts = [
      "time_ms 4.37x faster, 95 % interval 4.32x to 4.41x faster, 20 fresh pairs of 1.1.1 against 1.",
      "The run ended: all was tried.",
      "time_ms lower is better 100 22.88 4.37x faster 4.32x to 4.41x faster",
      "1.1 swap the loops improved: time_ms -33.3 % (interval -33.8 % to -32.9 %) in 5 pairs",
      "Hypothesis. fewer misses Analysis. as hoped",
      "1.1.1 unroll | by 8 confirmed: time_ms -16.7 % (interval -17.4 % to -16.0 %) in 5 pairs",
      "-int a; +int c;",
      "Cost experiments 3 tokens 3,000 of 5 cost unknown",
      "loopty reproduce 1.1.1 measure it again and compare with the record",
      "docker run --rm loopty/matmul:1.1.1 build, verify and benchmark it",
    ];
    const text = (await page.locator("body").innerText()).replaceAll(/\s+/g, " ");
    const places = parts.map((part) => text.indexOf(part));
    expect(parts.filter((_, k) => places[k] === -1)).toEqual([]);
    expect(places, "in this order").toEqual(places.toSorted((a, b) => a - b));
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
    expect(await page.title()).toBe("matmul, run 1: time_ms 4.37x faster");
    expect(await page.locator("script, img, link, iframe, object").count()).toBe(0);
    expect(await page.locator(".story h3").last().innerText()).toContain(ATTACK);
    expect(await page.locator(".diff .added").innerText()).toBe(`+${ATTACK}\n`);
  });

  it.each([375, 390, 768, 1920])(
    "fits %i pixels: what is wide scrolls by itself",
    async (width) => {
      const page = await openReport("unroll by 8 ".repeat(20), `int ${"c".repeat(300)};\n`, {
        viewport: { width, height: 844 },
      });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await overlapsIn(page, ".tree .label")).toEqual([]);
      expect(await overlapsIn(page, ".staircase .axis text")).toEqual([]);
    },
  );
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
          kinds: ["circle", "g", "path", "rect", "style", "svg", "text", "title", "tspan"],
        });
      }
    },
  );

  it("hold all of their words, however long the sentence and the name are", async () => {
    const world = fakeWorld(scratchFolder());
    const unproven = { ...metricOf("time_ms", 0.005), gainLow: -0.02 };
    const comparison = { against: parseId("1"), pairs: 20, metrics: [unproven] };
    const config = { name: "a-project-with-a-name-as-long-as-one-may-well-be-in-real-life" };
    const result = { champion: parseId("1.1.1"), comparison };
    await storeRun(world, reportedNodes(), { result }, { config });
    await report(world, { svg: "run" });
    const page = await visit(join(world.cwd, "run-light.svg"));
    const outside = await page.evaluate(() => {
      const back = document.querySelector(".back")?.getBoundingClientRect();
      return [...document.querySelectorAll("text")]
        .filter((text) => text.getBoundingClientRect().right > (back?.right ?? 0))
        .map((text) => text.textContent);
    });
    expect(outside).toEqual([]);
    expect(await overlapsIn(page, "text")).toEqual([]);
    expect(await page.locator("svg").innerHTML()).toContain("against 1.");
  });
});
