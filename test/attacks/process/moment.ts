import { expect } from "vitest";
import type { Engine } from "../../../src/sandbox/engine/engine.ts";

/** How long after it is crossed a limit may take to end the process: a requirement, met on two busy cores. */
export const WITHIN_MS = 5000;

/** Shell that prints the time, again and again, until its process is ended: begun where a limit has just been crossed. */
export const TICK = "while :; do date +%s%3N; sleep 0.1; done";

/** From the first printed time to the last: how long a process lived on. */
export function lifeMs(log: Buffer): number {
  const times = log
    .toString("utf8")
    .split("\n")
    .filter((line) => /^\d{13}$/.test(line))
    .map(Number);
  expect(times.length).toBeGreaterThan(0);
  return Math.max(...times) - Math.min(...times);
}

/** Waits for something, and asks the engine all the while whether it still answers: the longest it took, in milliseconds. */
export async function slowestAnswerMs(engine: Engine, during: Promise<unknown>): Promise<number> {
  let over = false;
  const end = during.finally(() => {
    over = true;
  });
  let slowest = 0;
  while (!over) {
    const start = performance.now();
    await engine.docker.ping();
    slowest = Math.max(slowest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await end;
  return slowest;
}
