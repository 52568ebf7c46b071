import type { SlurmMachines } from "../../../config/schema/slurm.ts";

const MINUTE_MS = 60_000;
const MIB = 1024 ** 2;
/** How long before the end of its time a job is told. */
const WARNING_SECONDS = 30;

/** Arguments of `sbatch` for one machine. The script comes by stdin, so that no disk need be shared. */
export function jobArguments(machines: SlurmMachines): string[] {
  const { partition, constraint, cpus, memoryBytes, timeMs, gpus, engine } = machines;
  return [
    "--parsable",
    "--job-name=loopty",
    // A machine that starts again elsewhere has lost all that was on it.
    "--no-requeue",
    ...["--nodes=1", "--ntasks=1", `--cpus-per-task=${cpus}`],
    `--mem=${Math.ceil(memoryBytes / MIB)}M`,
    // Slurm counts whole minutes.
    `--time=${Math.ceil(timeMs / MINUTE_MS)}`,
    `--signal=B:TERM@${WARNING_SECONDS}`,
    ...(partition === null ? [] : [`--partition=${partition}`]),
    ...(constraint === null ? [] : [`--constraint=${constraint}`]),
    ...(gpus === 0 ? [] : [`--gres=gpu:${gpus}`]),
    // Containers of the node's own engine are outside of the job, and so is all that Slurm would keep apart.
    ...(engine === "docker" ? ["--exclusive"] : []),
    // The folder that it is submitted from may not exist there.
    ...["--chdir=/", "--output=/dev/null", "--error=/dev/null", "--input=/dev/null"],
  ];
}

/** Arguments of `srun` for a command beside the others of a job. Nothing of what it writes is held back. */
export function stepArguments(jobId: string, command: readonly string[]): string[] {
  return [
    `--jobid=${jobId}`,
    ...["--overlap", "--nodes=1", "--ntasks=1", "--unbuffered", "--quiet", "--chdir=/"],
    "--",
    ...command,
  ];
}
