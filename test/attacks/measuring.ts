import { WHOLE_CSV } from "../../src/core/metrics/choice.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { type BenchmarkRun, runBenchmark } from "../../src/measure/benchmark.ts";
import { runVerify, type Verification } from "../../src/measure/verification.ts";
import { type Lab, signal } from "../docker/lab.ts";

/** What a metrics file of the attacks begins with. */
export const HEADER = "iteration,time_ms (lower is better)";

export interface MeasuringOptions {
  /** Makes the built image: the way of code under test to be there before anything is measured. */
  readonly build?: string;
  /** Whether what the lab hides is put in; it is where nothing is said. */
  readonly hidden?: boolean;
  readonly timeoutMs?: number;
  /** Of the benchmark; `null`: rows come by stdout. */
  readonly metricsFile?: string | null;
  readonly node?: string;
}

/** The product's own verify and benchmark, on what a build makes of the lab's project. */
export function measuring(lab: Pick<Lab, "sandbox" | "measureCpus" | "built" | "hiddenFiles">) {
  const images = new Map<string, Promise<string>>();
  const prepare = async ({
    build = "true",
    hidden = true,
    timeoutMs = 30_000,
  }: MeasuringOptions) => {
    const image = images.get(build) ?? lab.built(build);
    images.set(build, image);
    const common = { timeoutMs, hidden: hidden ? lab.hiddenFiles : [] };
    return { imageId: await image, common };
  };
  return {
    verify: async (command: string, options: MeasuringOptions = {}): Promise<Verification> => {
      const { imageId, common } = await prepare(options);
      return runVerify(
        lab.sandbox,
        parseId(options.node ?? "1.1"),
        imageId,
        { command, ...common },
        signal,
      );
    },
    bench: async (command: string, options: MeasuringOptions = {}): Promise<BenchmarkRun> => {
      const { imageId, common } = await prepare(options);
      const { metricsFile = "metrics.csv" } = options;
      const benchmark = { command, metricsFile, metrics: WHOLE_CSV, ...common };
      const { sandbox, measureCpus: cpus } = lab;
      const node = parseId(options.node ?? "1.1");
      return runBenchmark({ sandbox, benchmark, node, imageId, cpus, onRow: () => {} }, signal);
    },
  };
}
