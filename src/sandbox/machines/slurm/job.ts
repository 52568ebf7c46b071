import type { Duplex } from "node:stream";
import type { SlurmMachines } from "../../../config/schema/slurm.ts";
import type { Clock } from "../../../core/clock.ts";
import { EngineError, messageOf } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";
import { jobArguments, stepArguments } from "./job-request.ts";
import {
  type JobEnd,
  readJobState,
  type SlurmJobState,
  sentenceOf,
  waitsForEver,
} from "./job-state.ts";
import type { SlurmPrograms } from "./programs.ts";

/** A controller serves a whole cluster: nobody asks it more often than that. */
const POLL_MS = 5000;
/** As a job starts within a second on a free node. */
const FIRST_POLL_MS = 1000;

/** `KillWait` of a cluster, 30 s by default, and some. */
const ENDING_MS = 45_000;
const NEVER = new AbortController().signal;

/** A job of Slurm that is in its queue or on a node. */
export class SlurmJob {
  readonly id: string;
  readonly #programs: SlurmPrograms;
  readonly #clock: Clock;
  #begun: { readonly node: string; readonly atMs: number } | null = null;
  #endedAtMs: number | null = null;

  private constructor(id: string, programs: SlurmPrograms, clock: Clock) {
    this.id = id;
    this.#programs = programs;
    this.#clock = clock;
  }

  /** Throws `EngineError` for what Slurm does not take. */
  static async submit(
    machines: SlurmMachines,
    script: string,
    programs: SlurmPrograms,
    clock: Clock,
  ): Promise<SlurmJob> {
    const said = await programs.run("sbatch", jobArguments(machines), script);
    // Behind a semicolon stands the cluster, where there are several.
    const id = /^(\d+)(?:;\S+)?\s*$/.exec(said)?.[1];
    if (id === undefined) {
      throw new EngineError(`sbatch told no job: ${printable(said.trim() || "it said nothing")}`, {
        hint: "loopty wants what `sbatch --parsable` prints since Slurm 2.3",
      });
    }
    return new SlurmJob(id, programs, clock);
  }

  /**
   * Waits for a node, however long the queue is. `onReason` is told what it waits for, when that changes. Throws
   * `EngineError` when it ended, or waits for what never comes.
   */
  async started(onReason: (reason: string) => void, signal: AbortSignal): Promise<void> {
    let told = "";
    for (let pollMs = FIRST_POLL_MS; ; pollMs = POLL_MS) {
      const state = await this.state();
      if (state.kind === "ended") throw this.failure(state.end);
      if (state.kind === "running") return this.#begin(state.node, state.ranMs);
      const reason = printable(state.reason, 80);
      if (waitsForEver(state.reason)) {
        throw new EngineError(`Slurm's job ${this.id} can never start: ${reason}`, {
          hint: "ask for less in `slurm`, or for another partition; `sinfo` lists what there is",
        });
      }
      if (reason !== told) onReason(reason);
      told = reason;
      await this.#clock.sleep(pollMs, signal);
    }
  }

  async state(): Promise<SlurmJobState> {
    try {
      const args = ["--oneliner", "show", "job", this.id];
      return readJobState(await this.#programs.run("scontrol", args));
    } catch (error) {
      // It forgets a job some minutes after its end.
      if (!/Invalid job id/i.test(messageOf(error))) throw error;
      return { kind: "ended", end: "forgotten", ranMs: this.lentMs() };
    }
  }

  /** A program on its node. Its streams end with the job. */
  step(command: readonly string[]): Duplex {
    return this.#programs.stream(stepArguments(this.id, command));
  }

  /** Gives the node back, or the place in the queue. Where that fails, the job ends by itself for want of signs of life. */
  async giveBack(): Promise<void> {
    this.#endedAtMs ??= this.#clock.steadyMs();
    await this.#programs.run("scancel", [this.id]).catch(() => {});
  }

  /** How long it has had its node. */
  lentMs(): number {
    if (this.#begun === null) return 0;
    return (this.#endedAtMs ?? this.#clock.steadyMs()) - this.#begun.atMs;
  }

  /** Why its node is not heard any more: in Slurm's own word where it has one, and in `why` otherwise. */
  async loss(why: string): Promise<EngineError> {
    const lost = `Slurm's job ${this.id} is lost: ${why}`;
    try {
      // Slurm ends the steps of a job first, and says seconds later how the job ended.
      for (let waitedMs = 0; waitedMs <= ENDING_MS; waitedMs += POLL_MS) {
        const state = await this.state();
        if (state.kind === "ended") return this.failure(state.end);
        if (state.kind === "waiting") return this.failure("requeued");
        await this.#clock.sleep(POLL_MS, NEVER);
      }
    } catch (error) {
      return new EngineError(`${lost}; and ${messageOf(error)}`);
    }
    return new EngineError(lost);
  }

  failure(end: JobEnd): EngineError {
    const where = this.#begun === null ? "" : ` on ${printable(this.#begun.node, 80)}`;
    return new EngineError(`Slurm's job ${this.id}${where} ${sentenceOf(end)}`, {
      hint: `\`scontrol show job ${this.id}\` says more while Slurm knows it`,
    });
  }

  #begin(node: string, ranMs: number): void {
    this.#begun = { node, atMs: this.#clock.steadyMs() - ranMs };
  }
}
