import { Duplex, PassThrough } from "node:stream";
import type { SlurmPrograms } from "../../../../src/sandbox/machines/slurm/programs.ts";

/** Slurm as a list of answers, one for each time that a program is run. */
export class FakePrograms implements SlurmPrograms {
  readonly calls: (readonly string[])[] = [];
  readonly scripts: string[] = [];
  readonly streams: FakeStep[] = [];
  readonly #answers: Map<string, (string | Error)[]>;

  constructor(answers: Readonly<Record<string, readonly (string | Error)[]>>) {
    this.#answers = new Map(Object.entries(answers).map(([name, all]) => [name, [...all]]));
  }

  async run(command: string, args: readonly string[], input?: string): Promise<string> {
    this.calls.push([command, ...args]);
    if (input !== undefined) this.scripts.push(input);
    const answers = this.#answers.get(command) ?? [];
    // The last answer stands.
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? "";
    if (answer instanceof Error) throw answer;
    return answer;
  }

  stream(args: readonly string[]): FakeStep {
    const step = new FakeStep(args);
    this.streams.push(step);
    return step;
  }
}

/** A step, seen from its node: `toHarness` is its stdout, and `heard` what came by its stdin. */
export class FakeStep extends Duplex {
  readonly args: readonly string[];
  readonly toHarness = new PassThrough();
  heard = "";
  isOver = false;

  constructor(args: readonly string[]) {
    super();
    this.args = args;
    this.toHarness.on("data", (chunk) => this.push(chunk));
    this.toHarness.once("end", () => this.push(null));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.heard += chunk.toString("utf8");
    done();
  }

  override _final(done: () => void): void {
    this.isOver = true;
    done();
  }
}
