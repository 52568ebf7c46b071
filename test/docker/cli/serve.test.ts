import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { listImages, removeImages } from "../../../src/sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../../src/sandbox/clean-up/leftover.ts";
import { connectEngine } from "../../../src/sandbox/engine/engine.ts";
import { findProject } from "../../../src/store/project.ts";
import { fakeWorld } from "../../cli/fake-world.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { launchBrowser } from "../../dashboard/browser.ts";
import { shellProject } from "../loop/shell-project.ts";

/** The compiled program: `npm test` compiles before it tests. */
const MAIN = fileURLToPath(new URL("../../../dist/main.js", import.meta.url));
const ATTACK = "<img src=x onerror=document.title=1>";
const EDITS = `
version: 1
edits:
  - { parent: "1", description: "${ATTACK}", changes: [{ path: src/size, content: "90\\n" }] }
  - { parent: "1", description: wrong, changes: [{ path: src/answer, content: "43\\n" }] }
`;

async function hostileProject(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "loopty-serve-"));
  const files = shellProject(EDITS);
  const bench = (files["bench.sh"] ?? "").replace("cost (", `cost ${ATTACK} (`);
  await addFiles(directory, { ...files, "bench.sh": bench });
  onTestFinished(async () => {
    const engine = await connectEngine(process.env, homedir());
    const project = await findProject(directory, fakeWorld(directory));
    if (project !== null) {
      await removeLeftovers(engine, project.projectId, () => true);
      await removeImages(engine, await listImages(engine, project.projectId));
    }
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}

it("shows a run that is under way: the tree grows, a node opens, nothing of a container runs in the page", async () => {
  const directory = await hostileProject();
  const child = spawn(process.execPath, [MAIN, "run", "--serve"], { cwd: directory });
  const ended = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  let told = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on("data", (chunk: Buffer) => {
      told += chunk.toString("utf8");
      const found = /watch it at (http:\/\/127\.0\.0\.1:\d+\/)/.exec(told)?.[1];
      if (found !== undefined) resolve(found);
    });
    ended.then(() => reject(new Error(told)), reject);
  });
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  const count = () => page.locator(".tree .node").count();
  await page.locator(".node[data-id='1']").waitFor({ timeout: 300_000 });
  expect(await count()).toBe(1);
  await page.locator(".node[data-id='1.1'].kind-running").waitFor({ timeout: 300_000 });
  await page.locator(".node[data-id='1.2']").waitFor({ timeout: 300_000 });
  await page.locator(".node[data-id='1.1']:not(.kind-running)").click();

  const panel = page.getByRole("complementary", { name: "node 1.1" });
  await panel.getByText(ATTACK).first().waitFor();
  await panel.getByRole("tab", { name: "measured" }).click();
  await panel.locator(".plot canvas").waitFor();
  expect(await panel.locator(".plot").getAttribute("data-points")).toBe("3");
  const file = join(directory, ".loopty", "runs", "1", "nodes", "1.1", "runs.jsonl");
  const drawn = await panel.locator(".pairs").first().locator("circle.pair").count();
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  const judged = lines.filter((line) => line.includes('"purpose":"judge"'));
  expect(drawn).toBe(judged.length - 1);
  expect(await page.locator("img").count()).toBe(0);
  expect(await page.title()).toMatch(/^1\.1 · shell-\w+ · loopty$/);
  expect(complaints).toEqual([]);
  // An open page does not keep a run from being stopped.
  child.kill("SIGINT");
  const [code] = await ended;
  expect(code, told).toBe(130);
  await page.getByText("not connected").waitFor();
  // Other runs on this machine may have the measuring slot first.
}, 600_000);
