import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import { experimentNode, metricOf } from "../agent/experiment-node.ts";
import { baselineWith } from "../store/baseline-fixture.ts";
import { contrastOf } from "./contrast.ts";
import { grownTree } from "./grown-tree.ts";
import { rowLines } from "./row-lines.ts";
import { BUILT, visit } from "./visit.ts";

describe("the page", () => {
  it("shows what a container or a model wrote as text, never as markup", async () => {
    const attack = `<img src=x onerror="document.title='hacked'"><script>alert(1)</script>`;
    const name = `ms ${attack}`;
    const header = `"${name.replaceAll('"', '""')} lower is better"`;
    const node = experimentNode("1.1", {
      ordinal: 1,
      verdict: "confirmed",
      description: attack,
      hypothesis: `${attack}\u202e`,
      analysis: attack,
      reason: attack,
      dropped: [attack],
      metrics: { [name]: 90 },
      comparison: { against: parseId("1"), pairs: 8, metrics: [metricOf(name, 0.1)] },
      logGainFromRoot: { [name]: 0.1 },
      snapshot: {
        tag: `loopty/x:1.1;${attack}`,
        imageId: attack,
        layerDigest: attack,
        baseId: attack,
      },
    });
    const metric = { header: name, name, direction: "lower" } as const;
    const other = { header: "b", name: "b", direction: "higher" } as const;
    const findings = { baseline: baselineWith([metric, other]) };
    const { page, shown } = await visit([experimentNode("1"), node], { findings });
    const id = parseId("1.1");
    await shown.putFile(id, "metrics.csv", rowLines(3, header));
    await shown.putFile(
      id,
      "diff.patch",
      `diff --git a/${attack} b/${attack}\n@@ ${attack}\n+${attack}\n`,
    );
    for (const log of ["build.log", "verify.log", "bench.log"])
      await shown.putFile(id, log, attack);
    await shown.putFile(
      id,
      "transcript.jsonl",
      `${JSON.stringify({
        v: 1,
        at: "2026-11-23T10:00:00.000Z",
        type: "response",
        number: 1,
        id: "r",
        stopReason: attack,
        stopDetails: null,
        content: [{ type: "text", text: attack }],
        tokens: "unknown",
      })}\n`,
    );
    await page.goto(`${page.url()}#/1.1`);
    const panel = page.getByRole("complementary");
    await panel.getByText(attack).first().waitFor();
    expect(await panel.innerText()).toContain("\\u202e");
    for (const tab of ["diff", "measured", "logs", "transcript"]) {
      await panel.getByRole("tab", { name: tab }).click();
      await panel.getByText("<script>alert(1)</script>").first().waitFor();
    }
    expect(await page.locator("img, #page script, iframe").count()).toBe(0);
    expect(await page.title()).toBe("1.1 · matmul · loopty");
    expect(await panel.getByText("docker run").count(), "nothing to paste into a shell").toBe(0);
  });

  it("is under a policy that stops what would become markup after all", async () => {
    const { page, complaints } = await visit([experimentNode("1")]);
    await page.waitForSelector(".node");
    const outcome = await page.evaluate(() => {
      try {
        document.body.innerHTML = "<b>x</b>";
        return "set";
      } catch (error) {
        return error instanceof Error ? error.name : "thrown";
      }
    });
    expect(outcome).toBe("TypeError");
    expect(complaints.splice(0)).toEqual([expect.stringContaining("TrustedHTML")]);
  });

  it("moves what runs, but not for who asked for less motion", async () => {
    const running = [experimentNode("1"), experimentNode("1.1", { phase: "reserved", ordinal: 1 })];
    for (const [reducedMotion, name] of [
      ["no-preference", "orbit"],
      ["reduce", "none"],
    ] as const) {
      const { page, shown } = await visit(running, { reducedMotion });
      const lock = await shown.project.lock();
      const orbit = page.locator(".orbit");
      await orbit.waitFor();
      expect(await orbit.evaluate((mark) => getComputedStyle(mark).animationName)).toBe(name);
      await lock[Symbol.asyncDispose]();
    }
  });

  it.each(["light", "dark"] as const)("has the contrast of WCAG AA in %s", async (colorScheme) => {
    const { page } = await visit(grownTree(3), { colorScheme });
    await page.waitForSelector(".node");
    const colours = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      return Object.fromEntries(
        [...document.styleSheets]
          .flatMap((sheet) => [...sheet.cssRules])
          .flatMap((rule) => (rule instanceof CSSStyleRule ? [...rule.style] : []))
          .filter((name) => name.startsWith("--"))
          .map((name) => [name, style.getPropertyValue(name).trim()]),
      );
    });
    const back = colours["--back"] ?? "";
    for (const name of ["--ink", "--dim", "--accent", "--good", "--bad", "--code-string"]) {
      expect(contrastOf(colours[name] ?? "", back), `${name} as text`).toBeGreaterThanOrEqual(4.5);
    }
    const raised = colours["--raised"] ?? "";
    expect(contrastOf(colours["--ink"] ?? "", raised)).toBeGreaterThanOrEqual(4.5);
    const kinds = Object.keys(colours).filter((name) => name.startsWith("--kind-"));
    expect(kinds).toHaveLength(10);
    for (const name of kinds) {
      expect(contrastOf(colours[name] ?? "", back), `${name} as a mark`).toBeGreaterThanOrEqual(3);
    }
  });

  it("fits a phone: nothing is wider than the screen", async () => {
    const viewport = { width: 390, height: 844 };
    const { page } = await visit(grownTree(60), { viewport, hash: "#/1.1" });
    await page.getByRole("complementary").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.keyboard.press("Escape");
    await page.locator(".staircase svg").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it("has scripts of less than 100 kB, compressed", () => {
    const assets = join(BUILT, "assets");
    const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
    const bytes = scripts.map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
    expect(bytes).not.toEqual([]);
  });
});
