#!/usr/bin/env node
// What a workspace of 50,000 files (150 MB) costs, beside what git and Docker take for it: `npm run build && node bench/large-workspace.mjs`.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IDLE } from "../dist/agent/idle.js";
import { listWorkspace } from "../dist/config/workspace/workspace.js";
import { runBaseline } from "../dist/loop/baseline.js";
import { IDLE_PROJECT, timeNode } from "./overhead.mjs";
import { medianOf, openBenchRun } from "./project.mjs";

const FOLDERS = 1000;
const FILES_IN_EACH = 50;
const ROUNDS = 5;

const project = (name) => ({
  ...IDLE_PROJECT,
  "loopty.yaml": IDLE_PROJECT["loopty.yaml"].replace("overhead", name),
});

const large = await openBenchRun(project("large"), IDLE, fill);
try {
  const { directory, baseMs } = large;
  console.log("| | ms | compared with | ms | ratio |");
  console.log("| --- | ---: | --- | ---: | ---: |");
  const copyMs = copiedMs(directory, large.run.lab.sandbox.base.tag);
  print("becomes a base", baseMs, "`tar c \\| docker cp -`", copyMs);
  const git = ["-C", directory, "ls-files", "-co", "--exclude-standard", "-z"];
  const listing = await interleave(
    async () => listWorkspace(directory, { include: [], exclude: [] }),
    async () => execFileSync("git", git, { maxBuffer: 2 ** 28 }),
  );
  print("`listWorkspace`", listing.ours, "`git ls-files -co --exclude-standard`", listing.theirs);
  const { first, ours, theirs } = await nodeTimes();
  print("the first node of a run", first, "one of a small project", theirs);
  print("every other node", ours, "one of a small project", theirs);
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(`\nThe harness needed ${peak.toFixed(0)} MiB at most.`);
} finally {
  await large.close();
}

function print(what, ms, other, otherMs) {
  const ratio = (ms / otherMs).toFixed(2);
  console.log(`| ${what} | ${ms.toFixed(0)} | ${other} | ${otherMs.toFixed(0)} | ${ratio} |`);
}

/** Files of 1 to 5 kB, all of them committed to a repository. */
async function fill(directory) {
  const text = "0123456789abcdef".repeat(400);
  for (let folder = 0; folder < FOLDERS; folder++) {
    const path = join(directory, `package-${folder % 50}`, `part-${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_IN_EACH; file++) {
      const number = folder * FILES_IN_EACH + file;
      const content = `${number}\n${text.slice(0, 1000 + ((number * 7919) % 4100))}`;
      writeFileSync(join(path, `file-${file}.txt`), content);
    }
  }
  writeFileSync(join(directory, ".gitignore"), "*.o\n/build/\n");
  const git = (...args) => execFileSync("git", ["-C", directory, ...args]);
  git("init", "--quiet");
  git("-c", "core.looseCompression=0", "-c", "core.fsync=none", "add", "--all");
  git(
    "-c",
    "user.name=bench",
    "-c",
    "user.email=bench@localhost",
    "commit",
    "--quiet",
    "-m",
    "all",
  );
}

/** Into a container that never ran, beside what its image holds. */
function copiedMs(directory, image) {
  const times = [];
  for (let round = 0; round < 2; round++) {
    const id = execFileSync("docker", ["create", image, "true"]).toString().trim();
    const startedAt = performance.now();
    const copy = `tar -C "$0" --exclude=.git --exclude=.loopty -c . | docker cp - "$1":/mnt`;
    execFileSync("sh", ["-c", copy, directory, id]);
    times.push(performance.now() - startedAt);
    execFileSync("docker", ["rm", id]);
  }
  return medianOf(times);
}

async function interleave(ours, theirs) {
  const times = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, work] of [
      ["ours", ours],
      ["theirs", theirs],
    ]) {
      const startedAt = performance.now();
      await work();
      times[name].push(performance.now() - startedAt);
    }
  }
  return { ours: medianOf(times.ours), theirs: medianOf(times.theirs) };
}

/** The first node of a run fills the volume of protected files for all that follow. */
async function nodeTimes() {
  const small = await openBenchRun(project("small"), IDLE);
  try {
    let number = 0;
    const grower = async ({ run, signal }) => {
      const root = await runBaseline(run, signal);
      return async () => (await timeNode(run, root, ++number, signal)).ms;
    };
    const [ours, theirs] = [await grower(large), await grower(small)];
    const first = await ours();
    await theirs();
    return { ...(await interleave(ours, theirs)), first };
  } finally {
    await small.close();
  }
}
