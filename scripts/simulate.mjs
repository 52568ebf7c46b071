#!/usr/bin/env node
// npm run simulate -- --seeds 1000: plays whole runs on an engine in memory, kills them at random steps, and checks what is left and
// how they went on. `--first 417 --seeds 1` plays one of them again, and `--pool` plays them on three machines that go and come back.
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    first: { type: "string", default: "0" },
    pool: { type: "boolean", default: false },
  },
});
for (const name of /** @type {const} */ (["seeds", "first"])) {
  if (/^\d+$/.test(values[name])) continue;
  process.stderr.write(`--${name} must be a whole number\n`);
  process.exit(2);
}
process.env.LOOPTY_SIMULATE_SEEDS = values.seeds;
process.env.LOOPTY_SIMULATE_FIRST = values.first;
const files = values.pool ? "test/loop/simulate/pool" : "test/loop/simulate/half";
const vitest = await startVitest("test", [files], {
  run: true,
  watch: false,
  project: "slow",
  disableConsoleIntercept: true,
});
await vitest.close();
const failed = vitest.state.getCountOfFailedTests() > 0 || vitest.state.getFiles().length === 0;
if (failed || vitest.state.getUnhandledErrors().length > 0) process.exitCode = 1;
