#!/usr/bin/env node
// node bench/machines.mjs: experiments that a pool finishes, on engines in memory and in virtual time.
import { pathToFileURL } from "node:url";
import { startVitest } from "vitest/node";

export async function benchMachines() {
  console.log("| machines | experiments in 15 minutes | of n times one |\n| --- | --- | --- |");
  process.env.LOOPTY_BENCH = "1";
  const vitest = await startVitest("test", ["test/loop/run/throughput.test.ts"], {
    run: true,
    watch: false,
    project: "slow",
    disableConsoleIntercept: true,
    reporters: [{}],
  });
  await vitest.close();
  if (vitest.state.getCountOfFailedTests() > 0) process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await benchMachines();
