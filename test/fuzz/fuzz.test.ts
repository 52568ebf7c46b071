import { describe, expect, it } from "vitest";
import { scratchFolder } from "../store/scratch.ts";
import { type FuzzResult, fuzz } from "./fuzzing.ts";
import { archive } from "./targets/archive.ts";
import { config } from "./targets/config.ts";
import { events } from "./targets/events.ts";
import { id } from "./targets/id.ts";
import { metrics } from "./targets/metrics.ts";
import { mountinfo } from "./targets/mountinfo.ts";
import { node } from "./targets/node.ts";
import { patch } from "./targets/patch.ts";
import { recording } from "./targets/recording.ts";
import { replay } from "./targets/replay.ts";
import { run } from "./targets/run.ts";
import { steering } from "./targets/steering.ts";
import { transcript } from "./targets/transcript.ts";
import { tree } from "./targets/tree.ts";
import { Watchdog } from "./watchdog.ts";

const TARGETS = [
  ...[
    config,
    metrics,
    archive,
    id,
    patch,
    events,
    tree,
    run,
    node,
    steering,
    replay,
    recording,
    transcript,
  ],
  mountinfo,
];
const HANG_MS = 120_000;

// What `npm run fuzz` sets.
const { LOOPTY_FUZZ_SECONDS, LOOPTY_FUZZ_ONLY, LOOPTY_FUZZ_SEED } = process.env;
const forMs = LOOPTY_FUZZ_SECONDS === undefined ? null : Number(LOOPTY_FUZZ_SECONDS) * 1000;
const wanted = TARGETS.filter(({ name }) => [undefined, name].includes(LOOPTY_FUZZ_ONLY));

describe("whatever a file holds", () => {
  it.each(wanted)(
    "is read or refused: $name",
    async (target) => {
      const start = performance.now();
      await using watchdog = new Watchdog(HANG_MS);
      const result = await fuzz(target, {
        seed: LOOPTY_FUZZ_SEED ?? "1",
        folder: scratchFolder(),
        watchdog,
        goesOn: (inputs) =>
          forMs === null ? inputs < target.inputs : performance.now() - start < forMs,
      });
      if (forMs !== null) process.stderr.write(`${target.name}: ${result.inputs} inputs\n`);
      expect(told(result)).toBe("no fault");
    },
    (forMs ?? 0) + HANG_MS,
  );
});

function told({ inputs, fault }: FuzzResult): string {
  if (fault === null) return "no fault";
  const { input, problem } = fault;
  return `input ${inputs}: ${JSON.stringify(input.toString("latin1").slice(0, 2000))}\nbase64: ${input.toString("base64").slice(0, 4000)}\n${problem}`;
}
