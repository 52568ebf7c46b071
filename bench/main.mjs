#!/usr/bin/env node
// npm run bench: prints the tables of docs/benchmarks.md.
import { benchOverhead } from "./overhead.mjs";

console.log("## Overhead of one node\n");
await benchOverhead();
