import type { Random } from "../../../src/core/statistics/random.ts";

/** Text by path. */
export type Texts = Readonly<Record<string, string>>;

/** How a step of a program goes; times are virtual. */
export interface FakeStep {
  readonly durationMs: number;
  /** `hangs`: until its time is over. `hogs`: takes all memory. */
  readonly end: number | "hangs" | "hogs";
  readonly log: string;
  /** How long of it all that it runs waits for a cpu; not at all when left out. */
  readonly waitedMs?: number;
}

interface FakeBenchmark extends FakeStep {
  /** What goes into the metrics file, in the pieces in which it is written. */
  readonly rows: readonly string[];
}

/** What a project's commands do, as a function of the files that they find. */
export interface FakeProgram {
  build(
    files: Texts,
  ): FakeStep & { readonly outputs: readonly string[]; readonly outputDigest?: string };
  verify(files: Texts): FakeStep;
  benchmark(files: Texts, random: Random): FakeBenchmark;
}

export const HEADER = "iteration,cost (lower is better)\n";

export interface CostProgramOptions {
  /** Of the cost, as a share of it; exact when left out. */
  readonly sigma?: number;
  /** Of every run of the benchmark. */
  readonly benchmarkMs?: number;
}

/**
 * A project whose cost stands in the files below `src/`, one number a file, and is their product. A file may say instead what goes
 * wrong: `no build`, `wrong`, `crash`, `hang`, `hog` or `no rows`.
 */
export function costProgram(options: CostProgramOptions = {}): FakeProgram {
  const { sigma = 0, benchmarkMs = 1000 } = options;
  const done = (durationMs: number, log = ""): FakeStep => ({ durationMs, end: 0, log });
  const failed = (code: number, log: string): FakeStep => ({ durationMs: 10, end: code, log });
  return {
    build: (files) =>
      says(files, "no build")
        ? { ...failed(2, "does not compile\n"), outputs: [] }
        : { ...done(500, "built\n"), outputs: ["out", "out/program"] },
    verify: (files) => (says(files, "wrong") ? failed(1, "not exact\n") : done(200, "exact\n")),
    benchmark: (files, random) => {
      const rows = [HEADER, `1,${costOf(files) * Math.exp(sigma * gaussian(random))}\n`];
      if (says(files, "crash")) return { ...failed(139, "crashed\n"), rows: [HEADER] };
      if (says(files, "hang")) return { ...done(benchmarkMs), end: "hangs", rows: [HEADER] };
      if (says(files, "hog")) return { ...done(benchmarkMs), end: "hogs", rows: [] };
      return { ...done(benchmarkMs, "ran\n"), rows: says(files, "no rows") ? [] : rows };
    },
  };
}

function says(files: Texts, words: string): boolean {
  return sourcesOf(files).some((text) => text.includes(words));
}

function costOf(files: Texts): number {
  return sourcesOf(files).reduce((product, text) => product * (Number.parseFloat(text) || 1), 1);
}

function sourcesOf(files: Texts): readonly string[] {
  return Object.entries(files).flatMap(([path, text]) => (path.startsWith("src/") ? [text] : []));
}

/** Box and Muller, 1958. */
function gaussian(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}
