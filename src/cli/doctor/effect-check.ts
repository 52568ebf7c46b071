import { childId } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { buildAndVerify } from "../../loop/comparing/build-and-verify.ts";
import { recordChange, reserveNode } from "../../loop/node/record.ts";
import { filesOf } from "../../loop/run/node-images.ts";
import { benchmarkOf, type Run } from "../../loop/run/run.ts";
import { runBenchmark } from "../../measure/benchmark.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** At the start of a file it is a syntax error in every language that people optimize. */
const NO_PROGRAM = ")}] loopty doctor broke this file on purpose [{(\n";

/**
 * Breaks every file that an agent may change, and expects that something fails. Where nothing does, all experiments
 * would measure the same program: an extension that is installed elsewhere, or a build that looks at times alone.
 */
export async function checkEffect(
  run: Run,
  root: ExperimentNode,
  signal: AbortSignal,
): Promise<Check> {
  const files = await filesOf(run, root);
  if (files.length === 0) {
    return warn("effect", "there is no writable file yet", "the first experiment has to write one");
  }
  const node = await recordChange(run, await reserveNode(run, childId(root.id, 1), root.id), root, {
    files: files.map((file) => ({
      ...file,
      content: Buffer.concat([Buffer.from(NO_PROGRAM), file.content]),
    })),
    description: "every writable file is broken",
    hypothesis: "",
    dropped: [],
  });
  const failed = await whatFails(run, node, signal);
  if (failed !== null) return ok("effect", `${failed} fails on broken files, as it should`);
  return fail(
    "effect",
    "every writable file was broken on purpose, and build, verify and benchmark pass as before",
    "commands.build must make what the benchmark runs from the files of access.writable",
  );
}

async function whatFails(
  run: Run,
  node: ExperimentNode,
  signal: AbortSignal,
): Promise<"the build" | "verify" | "the benchmark" | null> {
  const built = await buildAndVerify(run, node, true, signal);
  if (built.kind === "failed") return built.failure?.step === "verify" ? "verify" : "the build";
  const { sandbox, slots } = run.lab;
  const { imageId } = built;
  const outcome = await slots.forComparison().exclusive(signal, (cpus, gpu) =>
    runBenchmark(
      {
        sandbox,
        benchmark: benchmarkOf(run),
        node: node.id,
        imageId,
        cpus,
        gpu,
        onRow: () => {},
      },
      signal,
    ),
  );
  return outcome.kind === "failed" ? "the benchmark" : null;
}
