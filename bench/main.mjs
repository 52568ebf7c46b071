#!/usr/bin/env node
// npm run bench: prints the tables of docs/benchmarks.md.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { benchContainerShare } from "./container-share.mjs";
import { benchContext } from "./context.mjs";
import { benchDuplicates } from "./duplicates.mjs";
import { benchExperiments } from "./experiments.mjs";
import { benchJudge } from "./judge.mjs";
import { benchMachines } from "./machines.mjs";
import { benchMerges } from "./merges.mjs";
import { benchOverhead } from "./overhead.mjs";
import { benchScale } from "./scale.mjs";
import { benchSearch } from "./search.mjs";

console.log("## Overhead of one node\n");
await benchOverhead();
console.log("\n## The container's share\n");
await benchContainerShare();
console.log("\n## Large workspaces\n");
// A process of its own: it is the memory of one run that counts.
const large = fileURLToPath(new URL("large-workspace.mjs", import.meta.url));
spawnSync(process.execPath, [large], { stdio: "inherit" });
console.log("\n## Large runs\n");
await benchScale();
console.log("\n## Prompts\n");
await benchContext();
console.log("\n## What an experiment asks for\n");
await benchExperiments();
console.log("\n## The judge\n");
await benchJudge();
console.log("\n## Search policies");
benchSearch();
console.log("\n## Merges\n");
benchMerges();
console.log("\n## Machines\n");
await benchMachines();
console.log("\n## Builds compared\n");
benchDuplicates();
