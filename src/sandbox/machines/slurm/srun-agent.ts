import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import type { SlurmJob } from "./job.ts";

/**
 * Each step is an entry in Slurm's records, and a job has 40,000 of them where nobody changed that. So a connection waits
 * longer for its next request than one over ssh.
 */
const IDLE_MS = 120_000;

/** Connections to the engine of a job. Each is a step of it. */
export class SrunAgent extends Agent {
  readonly #job: SlurmJob;
  readonly #dial: readonly string[];

  /** `folder`: the job's own on its node. */
  constructor(job: SlurmJob, folder: string) {
    super({ keepAlive: true, timeout: IDLE_MS });
    this.#job = job;
    this.#dial = ["sh", `${folder}/dial`];
  }

  override createConnection(): Duplex {
    return this.#job.step(this.#dial);
  }
}
