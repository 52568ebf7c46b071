#!/usr/bin/env node
// npm run bench: prints the tables of docs/benchmarks.md.
import { benchContext } from "./context.mjs";
import { benchJudge } from "./judge.mjs";
import { benchOverhead } from "./overhead.mjs";
import { benchScale } from "./scale.mjs";
import { benchSearch } from "./search.mjs";

console.log("## Overhead of one node\n");
await benchOverhead();
console.log("\n## Large runs\n");
await benchScale();
console.log("\n## Prompts\n");
await benchContext();
console.log("\n## The judge\n");
await benchJudge();
console.log("\n## Search policies");
benchSearch();
