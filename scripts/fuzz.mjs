#!/usr/bin/env node
// npm run fuzz: gives every parser changed inputs for longer than the tests do, each time others.
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    only: { type: "string" },
    seed: { type: "string", default: String(Date.now()) },
  },
});
if (!(Number(values.seconds) > 0)) throw new Error(`--seconds ${values.seconds} is no time`);
process.env.LOOPTY_FUZZ_SECONDS = values.seconds;
process.env.LOOPTY_FUZZ_SEED = values.seed;
if (values.only !== undefined) process.env.LOOPTY_FUZZ_ONLY = values.only;
process.stderr.write(`each parser for ${values.seconds} s, seed ${values.seed}\n`);
const vitest = await startVitest("test", ["test/fuzz/"], {
  run: true,
  watch: false,
  project: ["slow"],
});
await vitest.close();
