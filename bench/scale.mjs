#!/usr/bin/env node
// What commands and saves take as a run grows, without Docker: `npm run build && node bench/scale.mjs`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { selectParent } from "../dist/core/search/selection.js";
import { seeded } from "../dist/core/statistics/random.js";
import { median } from "../dist/core/statistics/statistics.js";
import { NO_STEERING } from "../dist/core/tree/steering.js";
import { linuxProcessTable } from "../dist/store/files/owner.js";
import { openProject } from "../dist/store/project.js";
import { preferenceOfRun } from "../dist/store/run-record.js";
import { nodeOf, storeRun, treeOf, writeEvents } from "./stored-run.mjs";

const SIZES = [100, 1000, 10_000];
const ROUNDS = 5;
const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** Loaded into a command, it has the command say at its end what it used. */
const USAGE = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => console.error("usage", JSON.stringify(process.resourceUsage())));',
)}`;
const SEARCH = {
  policy: { kind: "best-first" },
  explore: 0.2,
  maxChildren: 12,
  maxDepth: null,
  parallel: 1,
};

/** Prints a markdown table: the processor's time, as others may be at work. */
export async function benchScale() {
  const columns = [];
  for (const size of SIZES) columns.push(await measure(size));
  const [small] = columns;
  const large = columns.at(-1);
  const heads = SIZES.map((size) => `${size.toLocaleString("en")} nodes`);
  console.log(`| | ${heads.join(" | ")} | growth |`);
  console.log(`| --- |${" ---: |".repeat(SIZES.length + 1)}`);
  for (const name of Object.keys(small)) {
    const values = columns.map((column) => column[name].toFixed(name.includes("MiB") ? 1 : 0));
    console.log(`| ${name} | ${values.join(" | ")} | ${(large[name] / small[name]).toFixed(1)} |`);
  }
}

async function measure(size) {
  const folder = mkdtempSync(join(tmpdir(), "loopty-scale-"));
  try {
    const world = {
      now: () => new Date(),
      newUuid: () => crypto.randomUUID(),
      processes: linuxProcessTable(process.pid),
    };
    const project = await openProject(folder, world);
    const lock = await project.lock();
    const nodes = treeOf(size);
    await storeRun(project, lock, nodes);
    const runFolder = join(folder, ".loopty", "runs", "1");
    writeEvents(join(runFolder, "events.jsonl"), size);
    const tree = command(folder, ["tree"]);
    const show = command(folder, ["show", nodes[size >> 1]?.id ?? "1"]);
    const runs = command(folder, ["runs"]);
    const resume = await resumeTimes(project, lock);
    const { select, reserve, save, residentMb } = await saveTimes(project, lock, size);
    const indexBytes = statSync(join(runFolder, "tree.json")).size;
    const probe = await writeTimes(folder, indexBytes);
    return {
      "`loopty tree`, CPU ms": tree.cpuMs,
      "`loopty show ID`, CPU ms": show.cpuMs,
      "`loopty runs`, CPU ms": runs.cpuMs,
      "opening a run to go on with it, CPU ms": resume.cpuMs,
      "choosing a parent, CPU ms": select.cpuMs,
      "one more node reserved, CPU ms": reserve.cpuMs,
      "its verdict saved, CPU ms": save.cpuMs,
      "its verdict saved, wall ms": save.ms,
      "as many bytes written and synced, wall ms": probe.ms,
      "`loopty tree`, largest MiB": tree.residentMb,
      "`loopty runs`, largest MiB": runs.residentMb,
      "a resumed run after 40 saves, MiB": residentMb,
      "`tree.json`, MiB": indexBytes / 2 ** 20,
      "`events.jsonl`, MiB": statSync(join(runFolder, "events.jsonl")).size / 2 ** 20,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As a person runs it, with the start of the program. */
function command(folder, args) {
  const found = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { status, stderr } = spawnSync(process.execPath, ["--import", USAGE, MAIN, ...args], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    });
    if (status !== 0) throw new Error(`loopty ${args.join(" ")}: ${stderr}`);
    found.push(JSON.parse(stderr.slice(stderr.lastIndexOf("usage") + 6)));
  }
  return {
    cpuMs:
      median(found.map(({ userCPUTime, systemCPUTime }) => userCPUTime + systemCPUTime)) / 1000,
    residentMb: Math.max(...found.map(({ maxRSS }) => maxRSS)) / 1024,
  };
}

async function resumeTimes(project, lock) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    let store;
    await timed(times, async () => {
      store = await project.resumeRun(lock, 1);
    });
    await store[Symbol.asyncDispose]();
  }
  return medianOf(times);
}

async function saveTimes(project, lock, size) {
  const store = await project.resumeRun(lock, 1);
  const times = { select: [], reserve: [], save: [] };
  for (let round = 0; round < 20; round++) {
    await timed(times.select, async () =>
      selectParent({
        nodes: store.nodes,
        preference: preferenceOfRun(store.record),
        options: SEARCH,
        closed: new Set(),
        steering: NO_STEERING,
        seed: 1,
      }),
    );
    const node = nodeOf(`1.${100_000 + round}`, size + round, seeded(`more ${round}`));
    const unfinished = { phase: "reserved", finishedAt: null, verdict: null, metrics: {} };
    await timed(times.reserve, () => store.reserve({ ...node, ...unfinished }));
    await timed(times.save, () => store.save(node));
  }
  await store[Symbol.asyncDispose]();
  return {
    select: medianOf(times.select),
    reserve: medianOf(times.reserve),
    save: medianOf(times.save),
    residentMb: process.memoryUsage().rss / 2 ** 20,
  };
}

async function writeTimes(folder, bytes) {
  const content = Buffer.alloc(bytes, "x");
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    await timed(times, async () => {
      const handle = await open(join(folder, "probe"), "w");
      await handle.writeFile(content);
      await handle.sync();
      await handle.close();
    });
  }
  return medianOf(times);
}

/** Wall time and the processor's, in milliseconds. */
async function timed(times, work) {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  times.push({ ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 });
}

function medianOf(times) {
  return { ms: median(times.map(({ ms }) => ms)), cpuMs: median(times.map(({ cpuMs }) => cpuMs)) };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchScale();
