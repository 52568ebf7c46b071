#!/usr/bin/env node
// How smooth the page is with a thousand nodes: `node bench/page.mjs` prints the table of docs/benchmarks.md. It needs the
// compiled program and a Chromium (CHROMIUM, else Debian's).

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { PAGE_FOLDER, readPageFiles } from "../dist/dashboard/page-files.js";
import { serveDashboard } from "../dist/dashboard/server.js";
import { findProject } from "../dist/store/project.js";

const COUNTS = [60, 1000];
const FRAMES = 90;
const VERDICTS = [
  "confirmed",
  "no_gain",
  "worse",
  "no_gain",
  "build_failed",
  "verify_failed",
  "tie",
];

/** A tree in which every gain is built on twice, and most changes led nowhere. */
function nodesOf(count) {
  const nodes = [];
  const children = new Map();
  const open = [];
  while (nodes.length < count) {
    const parent = nodes.length === 0 ? null : open[Math.floor(nodes.length / 13) % open.length];
    const number = parent === null ? 1 : (children.get(parent.id) ?? 0) + 1;
    if (parent !== null) children.set(parent.id, number);
    const node = nodeOf(nodes.length, parent, number);
    nodes.push(node);
    if (parent === null || node.verdict === "confirmed") open.push(node);
  }
  return nodes;
}

function nodeOf(ordinal, parent, number) {
  const id = parent === null ? "1" : `${parent.id}.${number}`;
  const verdict = parent === null ? null : VERDICTS[ordinal % VERDICTS.length];
  const gain = verdict === "confirmed" ? 0.03 : verdict === "worse" ? -0.1 : 0;
  const isMeasured = parent !== null && !verdict.endsWith("failed");
  const at = (minute) => new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
  const metric = { name: "time_ms", value: 97, against: 100, gain, pBetter: 0.01 };
  return {
    id,
    parent: parent?.id ?? null,
    ordinal,
    phase: "finished",
    createdAt: at(ordinal),
    finishedAt: at(ordinal + 1),
    description: "block the inner loop for the L1 cache",
    hypothesis: "",
    analysis: "",
    commit: null,
    tree: null,
    diff: null,
    snapshot: null,
    verdict,
    reason: "",
    duplicateOf: null,
    metrics: isMeasured ? { time_ms: 97 } : {},
    comparison: isMeasured
      ? {
          against: parent.id,
          pairs: 8,
          metrics: [{ ...metric, gainLow: gain - 0.01, gainHigh: gain + 0.01 }],
        }
      : null,
    evidence: null,
    unverified: false,
    suspicious: false,
    logGainFromRoot: isMeasured
      ? { time_ms: (parent.logGainFromRoot.time_ms ?? 0) + Math.log1p(gain) }
      : {},
    dropped: [],
    repairs: 0,
    usage: { tokens: 9000, cacheReadTokens: 0, costUsd: 0.05 },
  };
}

async function storeRun(directory, count) {
  const folder = join(directory, ".loopty");
  const formatVersion = 1;
  const createdAt = "2026-01-01T00:00:00.000Z";
  const project = { formatVersion, projectId: "6f9619ff-8b86-4011-b42d-00cf4fc964ff", createdAt };
  const record = {
    formatVersion,
    run: 1,
    createdAt,
    seed: 1,
    config: { name: "bench", agent: { kind: "tuner" } },
    environment: {},
    userHead: null,
    hiddenDigest: "",
    base: null,
    baseline: {
      buildOutputs: [],
      metrics: [{ header: "time_ms (lower is better)", name: "time_ms", direction: "lower" }],
      aggregates: ["median"],
      rowRule: { kinds: ["samples"], warmupRows: 0, fixedRows: false, streamNoise: null },
      benchmarkMs: 100,
      calibration: null,
    },
    pace: null,
    result: null,
  };
  await mkdir(join(folder, "runs", "1"), { recursive: true });
  await writeFile(join(folder, "project.json"), JSON.stringify(project));
  await writeFile(join(folder, "runs", "1", "run.json"), JSON.stringify(record));
  const tree = JSON.stringify({ formatVersion, nodes: nodesOf(count) });
  await writeFile(join(folder, "runs", "1", "tree.json"), tree);
}

/** Times between frames, sorted, while every one of them scrolls or zooms. */
function framesWhile(page, motion) {
  return page.evaluate(
    async ([motion, frames]) => {
      const pane = document.querySelector(".scroll");
      const pan = (k) => {
        pane.scrollTop = (pane.scrollHeight - pane.clientHeight) * Math.abs(Math.sin(k / 30));
        pane.scrollLeft = (pane.scrollWidth - pane.clientWidth) * Math.abs(Math.cos(k / 30));
      };
      const zoom = (k) => {
        const deltaY = Math.floor(k / 30) % 2 === 0 ? 30 : -30;
        const at = { clientX: 500, clientY: 300, ctrlKey: true, cancelable: true };
        pane.dispatchEvent(new WheelEvent("wheel", { deltaY, ...at }));
      };
      const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      const times = [];
      let last = await nextFrame();
      for (let k = 0; k < frames; k++) {
        if (motion === "pan") pan(k);
        else zoom(k);
        const now = await nextFrame();
        times.push(now - last);
        last = now;
      }
      return times.sort((a, b) => a - b);
    },
    [motion, FRAMES],
  );
}

export async function benchPage() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const files = await readPageFiles(fileURLToPath(PAGE_FOLDER));
  console.log(
    "| nodes | first picture, ms | pan: median, 95 % of frames, ms | zoom: median, 95 % |",
  );
  console.log("| ---: | ---: | ---: | ---: |");
  for (const count of COUNTS) {
    const directory = await mkdtemp(join(tmpdir(), "loopty-bench-page-"));
    await storeRun(directory, count);
    const processes = {
      self: () => ({ pid: 1, bootId: "b", startTime: "0" }),
      isAlive: () => false,
    };
    const world = { now: () => new Date(), newUuid: () => "", processes };
    const project = await findProject(directory, world);
    const dashboard = await serveDashboard({
      project,
      page: files,
      port: 0,
      tellBug: console.error,
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const startedMs = performance.now();
    await page.goto(dashboard.url);
    await page.waitForSelector(".node");
    const firstMs = Math.round(performance.now() - startedMs);
    const pan = await framesWhile(page, "pan");
    const zoom = await framesWhile(page, "zoom");
    const told = (times) => `${at(times, 0.5)}, ${at(times, 0.95)}`;
    console.log(`| ${count} | ${firstMs} | ${told(pan)} | ${told(zoom)} |`);
    await page.close();
    await dashboard[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  }
  await browser.close();
}

function at(times, share) {
  return (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(1);
}

await benchPage();
