
import { join } from "node:path";
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { it } from "vitest";
import { report } from "../../src/cli/report.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { scratchFolder } from "../store/scratch.ts";
import { launchBrowser } from "./browser.ts";
import { grownTree } from "./grown-tree.ts";
import { storeRun } from "../cli/stored-run.ts";
import { shownProject } from "./shown-project.ts";
import { metricOf } from "../agent/experiment-node.ts";
import { parseId } from "../../src/core/id.ts";
it("looks", async () => {
  const out = process.env.LOOK ?? "";
  const browser = await launchBrowser();
  for (const n of [12, 60]) {
    const folder = scratchFolder();
    const nodes = grownTree(n);
    const best = nodes.toSorted((a, b) => (b.logGainFromRoot.time_ms ?? 0) - (a.logGainFromRoot.time_ms ?? 0)).filter((x) => x.verdict === "confirmed" || x.verdict === "improved")[0];
    const world = fakeWorld(folder);
    let k = 0;
    await storeRun(world, nodes.map((node) => ({ id: node.id, fields: { ...node }, files: { "src/a.c": `#include <stdio.h>\n// step ${k++}\nint a = ${k};\n` } })), { result: { champion: best.id, comparison: { against: parseId("1"), pairs: 20, metrics: [metricOf("time_ms", 0.3)] } } });
    await report(world, { output: "r.html" });
    await report(world, { svg: "p" });
    for (const colorScheme of ["light", "dark"]) {
      for (const width of [1280, 390]) {
        const page = await (await browser.newContext({ colorScheme, viewport: { width, height: 900 } })).newPage();
        await page.goto(pathToFileURL(join(folder, "r.html")).href);
        await page.screenshot({ path: `${out}/${n}-${colorScheme}-${width}.png`, fullPage: true });
      }
      const page = await (await browser.newContext({ colorScheme, viewport: { width: 1400, height: 900 } })).newPage();
      await page.goto(pathToFileURL(join(folder, `p-${colorScheme}.svg`)).href);
      await page.screenshot({ path: `${out}/${n}-svg-${colorScheme}.png` });
    }
  }
  await browser.close();
});
