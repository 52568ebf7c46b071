import { describe, expect, it, onTestFinished } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import { experimentNode, metricOf } from "../agent/experiment-node.ts";
import { grownTree } from "./grown-tree.ts";
import { rowLines } from "./row-lines.ts";
import { serve, visit } from "./visit.ts";

function pairLines(count: number): string {
  const side = { rows: 3, wallMs: 5 };
  return Array.from({ length: count }, (_, k) => {
    const pair = {
      at: "2026-11-23T10:00:00.000Z",
      purpose: "judge",
      pair: k,
      order: k % 2 === 0 ? "child_first" : "parent_first",
      parent: { id: "1", values: [100 + (k % 3)], ...side },
      child: { id: "1.1", values: [90 + (k % 4)], ...side },
    };
    return `${JSON.stringify(pair)}\n`;
  }).join("");
}

const GAINED = experimentNode("1.1", {
  ordinal: 1,
  verdict: "confirmed",
  description: "use a map",
  comparison: { against: parseId("1"), pairs: 8, metrics: [metricOf("time_ms", 0.1)] },
  logGainFromRoot: { time_ms: Math.log(1.1) },
});

describe("the page", () => {
  it("says how long the budget lasts at the pace so far, while the run goes on", async () => {
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    const done = (id: string, from: number, to: number) =>
      experimentNode(id, { createdAt: ago(from), finishedAt: ago(to), verdict: "worse" });
    // Of 200 experiments two took a minute each.
    const nodes = [experimentNode("1"), done("1.1", 2, 1), done("1.2", 1, 0)];
    const { page, shown } = await visit(nodes);
    const figures = page.locator(".figures");
    await figures.waitFor();
    expect(await figures.textContent()).not.toContain("budget lasts");
    const lock = await shown.project.lock();
    await page.getByText("budget lasts").waitFor();
    // Opening the page takes seconds.
    expect(await figures.textContent()).toMatch(/budget lastsabout 3 h 1[78] min/);
    await lock[Symbol.asyncDispose]();
  });

  it("draws every node into the tree and the staircase", async () => {
    const { page } = await visit(grownTree(60));
    await page.waitForSelector(".node");
    expect(await page.locator(".tree .node").count()).toBe(60);
    const label = await page.locator(".staircase svg").getAttribute("aria-label");
    expect(label).toMatch(/^time_ms over the baseline, \d+ experiments, best -\d/);
    expect(await page.locator(".edge-lineage").getAttribute("d")).not.toBe("");
    expect(await page.title()).toBe("matmul · loopty");
  });

  it("says where a node ran, in a run on several machines", async () => {
    const { page } = await visit([experimentNode("1"), { ...GAINED, machine: "big-1" }]);
    await page.locator(".node[data-id='1.1']").click();
    const facts = page.locator(".facts div", { hasText: "machine" });
    expect((await facts.innerText()).split(/\s+/)).toEqual(["machine", "big-1"]);
  });

  it("says what each value of a tuner brought, where somebody asks", async () => {
    const parameters = [{ name: "BLOCK", values: ["16", "32"] }];
    const nodes = [experimentNode("1"), { ...GAINED, description: "BLOCK 8 → 32" }];
    const { page } = await visit(nodes, { agent: { kind: "tuner", parameters } });
    await page.getByText("values", { exact: true }).click();
    const row = page.locator(".values tbody tr");
    expect((await row.innerText()).split(/\s*\t\s*/)).toEqual([
      "BLOCK",
      "32",
      "1",
      "1",
      "-9.1 %",
      "-9.1 %",
    ]);
  });

  it("has no table of values for an agent that sets none", async () => {
    const { page } = await visit([experimentNode("1"), GAINED]);
    await page.waitForSelector(".node");
    expect(await page.locator(".values").count()).toBe(0);
  });

  it("grows while it is watched", async () => {
    const nodes = grownTree(5);
    const { page, shown } = await visit(nodes.slice(0, 3));
    await page.waitForSelector(".node");
    expect(await page.locator(".tree .node").count()).toBe(3);
    await shown.saveNodes(1, nodes);
    await page.waitForFunction(() => document.querySelectorAll(".tree .node").length === 5);
  });

  it("waits for the first run, and shows the next when that begins", async () => {
    const { page, shown } = await visit([]);
    await page.getByText("no run yet: loopty run makes the first").waitFor();
    expect(await page.getByRole("status").innerText(), "nothing was interrupted").toBe("");
    await shown.addRun([experimentNode("1")]);
    await page.locator(".node[data-id='1']").waitFor();
    await shown.addRun([experimentNode("2")]);
    await page.locator(".node[data-id='2']").waitFor();
    await page.getByLabel("run").selectOption("1");
    await page.locator(".node[data-id='1']").waitFor();
    expect(page.url()).toMatch(/#\/run\/1$/);
  });

  it("goes on by itself when the server comes back", async () => {
    const nodes = grownTree(4);
    const { page, shown, dashboard } = await visit(nodes.slice(0, 3));
    await page.waitForSelector(".node");
    await dashboard[Symbol.asyncDispose]();
    await page.getByText("not connected").waitFor();
    expect(await page.locator(".tree .node").count(), "what was known stays").toBe(3);
    await shown.saveNodes(1, nodes);
    const again = await serve(shown, Number(new URL(dashboard.url).port));
    onTestFinished(() => again[Symbol.asyncDispose]());
    await page.waitForFunction(() => document.querySelectorAll(".tree .node").length === 4);
    expect(await page.getByText("not connected").count()).toBe(0);
  });

  it("opens a node by its address, with as many points in its plots as there were", async () => {
    const { page, shown } = await visit([experimentNode("1"), GAINED]);
    const id = parseId("1.1");
    await shown.putFile(id, "runs.jsonl", pairLines(9));
    await shown.putFile(id, "metrics.csv", rowLines(250));
    await shown.putFile(id, "diff.patch", "diff --git a/x b/x\n@@ -1 +1 @@\n-old\n+new\n");
    await shown.putFile(id, "build.log", "\u001b[31mred\u001b[0m\n");
    await page.goto(`${page.url()}#/1.1`);
    const panel = page.getByRole("complementary", { name: "node 1.1" });
    await panel.getByText("use a map").waitFor();
    expect(await panel.locator("table").innerText()).toContain("-9.1 %");
    await panel.getByRole("tab", { name: "measured" }).click();
    await panel.locator(".plot canvas").waitFor();
    expect(await panel.locator("circle.pair").count(), "without the warm-up").toBe(8);
    expect(await panel.locator(".plot").getAttribute("data-points")).toBe("250");
    await panel.getByRole("tab", { name: "diff" }).click();
    expect(await panel.locator(".added").innerText()).toBe("+new\n");
    expect(await panel.locator(".removed").innerText()).toBe("-old\n");
    await panel.getByRole("tab", { name: "logs" }).click();
    expect(await panel.locator(".log").innerText()).toBe("red\n");
  });

  it("opens a node whose address came between the first drawing and the listening for addresses", async () => {
    const { page } = await visit([experimentNode("1"), GAINED]);
    await page.addInitScript(() => {
      const listen = window.addEventListener.bind(window);
      window.addEventListener = (type: string, heard: EventListenerOrEventListenerObject) => {
        // Tells nobody, as a change does that nobody listens for yet.
        if (type === "hashchange") history.replaceState(null, "", "#/1.1");
        listen(type, heard);
      };
    });
    await page.reload();
    await page.getByRole("complementary", { name: "node 1.1" }).waitFor();
  });

  it("is walked by arrow keys, opened by Enter and closed by Escape", async () => {
    const { page } = await visit([experimentNode("1"), GAINED]);
    await page.waitForSelector(".node");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-id"));
    await page.locator(".node[data-id='1.1']").focus();
    await page.keyboard.press("ArrowLeft");
    expect(await focused()).toBe("1");
    await page.keyboard.press("ArrowRight");
    expect(await focused()).toBe("1.1");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("complementary", { name: "node 1.1" });
    await panel.waitFor();
    expect(page.url()).toMatch(/#\/1\.1$/);
    await panel.getByRole("tab", { name: "summary" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await panel.getByRole("tab", { name: "diff" }).getAttribute("aria-selected")).toBe(
      "true",
    );
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    expect(await page.locator(".node[tabindex='0']").count(), "one stop for Tab").toBe(1);
  });
});
