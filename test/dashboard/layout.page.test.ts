import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import { experimentNode } from "../agent/experiment-node.ts";
import { grownTree } from "./grown-tree.ts";
import { beyondEdge, overlapsIn } from "./overlap.ts";
import { rowLines } from "./row-lines.ts";
import { visit } from "./visit.ts";

/** Where Debian's fonts-noto-core has it. */
const NOTO = "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf";
const SCREENS = [
  { width: 375, height: 812 },
  { width: 768, height: 1024 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

/** How wide a browser draws a text, which differs from font to font. */
function widthIn(page: Page, font: string): Promise<number> {
  return page.evaluate((family) => {
    const context = document.createElement("canvas").getContext("2d");
    if (context === null) throw new Error("there is no canvas");
    context.font = `40px ${family}, monospace`;
    return context.measureText("LOOP_ORDER 0 → 1, illicit").width;
  }, font);
}

/** Of the document: what is wide scrolls by itself. */
function scrollsSidewaysBy(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

describe("the page's layout", () => {
  // Set-up installs it as root on Debian; elsewhere the tests below look at the usual font again.
  it.runIf(existsSync(NOTO))("is looked at in two fonts, of different widths", async () => {
    const { page } = await visit(grownTree(1));
    const widths = await Promise.all(
      ["none-such", '"DejaVu Sans"', '"Noto Sans"'].map((font) => widthIn(page, font)),
    );
    expect(new Set(widths).size).toBe(3);
  });

  it.each([
    ...[1, 2, 12, 60, 300].map((count) => ({ count, font: "DejaVu Sans" })),
    ...[12, 300].map((count) => ({ count, font: "Noto Sans" })),
  ])("holds on every screen with $count nodes, in the font $font", async ({ count, font }) => {
    const { page } = await visit(grownTree(count), { sans: JSON.stringify(font) });
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      await page.locator(".staircase svg").waitFor();
      const width = `${screen.width} wide`;
      expect(await scrollsSidewaysBy(page), width).toBe(0);
      expect(await overlapsIn(page, ".tree .label"), width).toEqual([]);
      expect(await overlapsIn(page, ".staircase .axis text"), width).toEqual([]);
      expect(await overlapsIn(page, ".head > :not(dl), .figure, .bar > *"), width).toEqual([]);
      expect(await beyondEdge(page, ".head *, .bar *, .staircase text"), width).toEqual([]);
    }
  });

  it.each(["system-ui", '"DejaVu Sans"', '"Noto Sans"', "monospace"])(
    "holds with words in capitals, in the font %s",
    async (font) => {
      const description = "UNROLL_FACTOR 1 → 16, LOOP_ORDER 0 → 2, HASH_LOG 12 → 17 AND MORE";
      const nodes = grownTree(60).map((node) => ({ ...node, description }));
      const { page } = await visit(nodes, { sans: font });
      await page.locator(".tree .words").first().waitFor();
      expect(await overlapsIn(page, ".tree .label")).toEqual([]);
    },
  );

  it("gives the staircase what a small tree does not need, and names its rows", async () => {
    const heightWith = async (count: number) => {
      const { page } = await visit(grownTree(count));
      const pane = page.locator(".staircase-pane");
      await pane.locator("svg").waitFor();
      expect(await pane.locator(".axis text").allTextContents()).toEqual(
        expect.arrayContaining(["baseline", "lower", "no value", "0"]),
      );
      return (await pane.boundingBox())?.height ?? 0;
    };
    const [small, large] = [await heightWith(12), await heightWith(300)];
    expect(small).toBeGreaterThan(1.5 * large);
  });

  it("cuts off words where there is no room, but no id", async () => {
    const words = "block the inner loop for the first level cache ".repeat(8);
    const node = experimentNode("1.12.3", { verdict: "confirmed", description: words });
    const parent = experimentNode("1.12", { verdict: "confirmed" });
    const { page } = await visit([experimentNode("1"), parent, node], { hash: "#/1.12.3" });
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      const cut = await page
        .locator(".tree-pane .node-line b")
        .evaluate((id) => id.scrollWidth - id.clientWidth);
      expect(cut, `${screen.width} wide`).toBeLessThanOrEqual(0);
    }
  });

  it("holds on every screen with a node open, whatever is looked at", async () => {
    const { page, shown } = await visit(grownTree(60));
    const id = parseId("1.1");
    const wide = "x".repeat(400);
    await shown.putFile(id, "metrics.csv", rowLines(120));
    await shown.putFile(id, "diff.patch", `diff --git a/x b/x\n@@ -1 +1 @@\n-old\n+${wide}\n`);
    await shown.putFile(id, "build.log", `${wide}\n`);
    await page.goto(`${page.url()}#/1.1`);
    const panel = page.getByRole("complementary");
    await panel.waitFor();
    for (const screen of SCREENS) {
      await page.setViewportSize(screen);
      for (const tab of ["summary", "diff", "measured", "logs", "transcript"]) {
        await panel.getByRole("tab", { name: tab }).click();
        const where = `${tab}, ${screen.width} wide`;
        expect(await scrollsSidewaysBy(page), where).toBe(0);
        const hidden = await page
          .locator(".tab-panel")
          .evaluate((element) => element.scrollWidth - element.clientWidth);
        expect(hidden, where).toBe(0);
        expect(await beyondEdge(page, ".panel-head *, .tabs button"), where).toEqual([]);
      }
    }
  });

  it("has nothing to press that is smaller than 24 pixels (WCAG 2.2, 2.5.8)", async () => {
    const { page } = await visit(grownTree(12), { hash: "#/1.1" });
    await page.getByRole("complementary").waitFor();
    const small = await page.evaluate(() =>
      [...document.querySelectorAll("button, select, summary")]
        .map((element) => ({ name: element.textContent, box: element.getBoundingClientRect() }))
        .filter(({ box }) => box.width < 24 || box.height < 24)
        .map(({ name }) => name),
    );
    expect(small).toEqual([]);
  });
});
