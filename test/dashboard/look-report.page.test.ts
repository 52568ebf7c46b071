import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { it } from "vitest";
import { report } from "../../src/cli/report.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { reportedNodes, reportedResult } from "../cli/reported-run.ts";
import { storeRun } from "../cli/stored-run.ts";
import { scratchFolder } from "../store/scratch.ts";
import { launchBrowser } from "./browser.ts";
it("looks", async () => {
  const browser = await launchBrowser();
  const folder = scratchFolder();
  await storeRun(fakeWorld(folder), reportedNodes(), { result: reportedResult() });
  await report(fakeWorld(folder), { output: "r.html" });
  await report(fakeWorld(folder), { svg: "p" });
  for (const [file, width] of [["r.html", 1280], ["r.html", 390], ["p-light.svg", 900]] as const) {
    const page = await browser.newPage({ viewport: { width, height: 520 } });
    await page.goto(pathToFileURL(join(folder, file)).href);
    await page.screenshot({ path: `${process.env.LOOK}/z-${file}-${width}.png`, fullPage: true });
  }
  await browser.close();
});
