import { seeded } from "../../src/core/statistics/random.ts";
import { mutate } from "./mutation.ts";
import type { FuzzTarget } from "./target.ts";
import type { Watchdog } from "./watchdog.ts";

/** Of the processor, not of the clock: a busy machine is not a slow parser. */
const MOST_CPU_MS = 4000;
const MOST_TRIES = 1000;
const SHRINKING_MS = 30_000;

interface Fault {
  /** As small as leaving parts out makes it. */
  readonly input: Buffer;
  readonly problem: string;
}

export interface FuzzResult {
  readonly inputs: number;
  readonly fault: Fault | null;
}

export interface Fuzzing {
  readonly seed: string;
  /** Empty, for the target's files. */
  readonly folder: string;
  readonly watchdog: Watchdog;
  /** Asked before each input, with how many there were. */
  goesOn(inputs: number): boolean;
}

/** Gives the parser one changed sample after the other, up to the first fault. The same seed gives the same inputs. */
export async function fuzz(target: FuzzTarget, fuzzing: Fuzzing): Promise<FuzzResult> {
  let inputs = 0;
  for (; fuzzing.goesOn(inputs); inputs++) {
    const name = `${fuzzing.seed}/${target.name}/${inputs}`;
    const input = mutate(target, seeded(name));
    const problemWith = (tried: Buffer) => problemOf(target, tried, name, fuzzing);
    const problem = await problemWith(input);
    if (problem !== null) {
      return { inputs: inputs + 1, fault: await smallest({ input, problem }, problemWith) };
    }
  }
  return { inputs, fault: null };
}

async function problemOf(
  target: FuzzTarget,
  input: Buffer,
  seed: string,
  { folder, watchdog }: Fuzzing,
): Promise<string | null> {
  const before = process.cpuUsage();
  watchdog.begin(input);
  try {
    await target.check(input, seeded(`${seed}/check`), folder);
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  return cpuMs > MOST_CPU_MS ? `it took ${Math.round(cpuMs)} ms of the processor` : null;
}

/** Leaves out ever smaller parts as long as there is a fault. */
async function smallest(
  found: Fault,
  problemWith: (input: Buffer) => Promise<string | null>,
): Promise<Fault> {
  let fault = found;
  let tries = 0;
  const began = performance.now();
  const goesOn = () => tries++ < MOST_TRIES && performance.now() - began < SHRINKING_MS;
  for (let size = fault.input.length >> 1; size > 0; size >>= 1) {
    for (let start = 0; start < fault.input.length && goesOn(); ) {
      const { input } = fault;
      const without = Buffer.concat([input.subarray(0, start), input.subarray(start + size)]);
      const problem = await problemWith(without);
      if (problem === null) start += size;
      else fault = { input: without, problem };
    }
  }
  return fault;
}
