import type { SlurmMachines } from "../../../config/schema/slurm.ts";
import type { Clock } from "../../../core/clock.ts";
import { lentNames } from "../../../core/tree/machine.ts";
import { connectEngineOver } from "../../engine/engine.ts";
import type { ConnectedEngine, EngineSource } from "../engine-source.ts";
import { SlurmJob } from "./job.ts";
import { Keeper } from "./keeper.ts";
import { KEEPER, nodeScript } from "./node-script.ts";
import type { SlurmPrograms } from "./programs.ts";
import { SrunAgent } from "./srun-agent.ts";

export interface SlurmSourceRequest {
  readonly machines: SlurmMachines;
  readonly programs: SlurmPrograms;
  readonly clock: Clock;
  /** The harness process by which its containers are found. */
  readonly owner: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** Is told why a machine is not there yet, in Slurm's own word. */
  readonly onWaiting: (machine: string, jobId: string, reason: string) => void;
}

/** As many sources as there may be machines at once. */
export function slurmSources(request: SlurmSourceRequest): readonly EngineSource[] {
  const { name, maxNodes } = request.machines;
  return lentNames(name, maxNodes).map((machine) => new SlurmSource(machine, request));
}

/** One machine after the other, each a job of its own. */
class SlurmSource implements EngineSource {
  readonly name: string;
  readonly #request: SlurmSourceRequest;

  constructor(name: string, request: SlurmSourceRequest) {
    this.name = name;
    this.#request = request;
  }

  async connect(signal: AbortSignal): Promise<ConnectedEngine> {
    const { machines, programs, clock, owner } = this.#request;
    signal.throwIfAborted();
    const script = nodeScript({ engine: machines.engine, owner });
    const job = await SlurmJob.submit(machines, script, programs, clock);
    let keeper: Keeper | null = null;
    try {
      await job.started((reason) => this.#request.onWaiting(this.name, job.id, reason), signal);
      keeper = new Keeper(job.step(["sh", "-c", KEEPER]), clock);
      return await this.#engineOf(job, keeper, signal);
    } catch (error) {
      keeper?.close();
      await job.giveBack();
      throw error;
    }
  }

  async #engineOf(job: SlurmJob, keeper: Keeper, signal: AbortSignal): Promise<ConnectedEngine> {
    const { folder, cpus } = await keeper.ready(signal);
    const agent = new SrunAgent(job, folder);
    const { env, home } = this.#request;
    const engine = await connectEngineOver(agent, `slurm://${this.name}/${job.id}`, env, home);
    const gone = new AbortController();
    void keeper.lost.then(async (why) => gone.abort(await job.loss(why)));
    return {
      engine,
      cpus,
      gone: gone.signal,
      lentMs: () => job.lentMs(),
      [Symbol.asyncDispose]: async () => {
        keeper.close();
        agent.destroy();
        await job.giveBack();
      },
    };
  }
}
