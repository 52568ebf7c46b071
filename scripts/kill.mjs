#!/usr/bin/env node
// npm run kill -- --rounds 100 --seed 7: kills loopty with kill -9 again and again, at instants drawn by the seed, and checks what
// it left and how it went on. `--engine` does the same to a dockerd of its own, and to disks that are full; `--pool` to a run on three
// machines over ssh and TLS, to their engines, and to the connections between them.
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    seed: { type: "string", default: String(Date.now() % 100_000) },
    engine: { type: "boolean", default: false },
    pool: { type: "boolean", default: false },
  },
});
for (const name of /** @type {const} */ (["rounds", "seed"])) {
  if (/^\d+$/.test(values[name])) continue;
  process.stderr.write(`--${name} must be a whole number\n`);
  process.exit(2);
}
process.env.LOOPTY_KILL_ROUNDS = values.rounds;
process.env.LOOPTY_KILL_SEED = values.seed;
const files = values.pool
  ? ["pool/kill"]
  : values.engine
    ? ["loop/engine-killed", "loop/disk-full"]
    : ["loop/fault"];
const vitest = await startVitest(
  "test",
  files.map((name) => `test/docker/${name}.test.ts`),
  {
    run: true,
    watch: false,
    project: values.engine || values.pool ? "long" : "docker",
    disableConsoleIntercept: true,
  },
);
await vitest.close();
const failed = vitest.state.getCountOfFailedTests() > 0 || vitest.state.getFiles().length === 0;
if (failed || vitest.state.getUnhandledErrors().length > 0) process.exitCode = 1;
