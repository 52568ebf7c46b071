import { type SlurmMachines, slurmSchema } from "../../../../src/config/schema/slurm.ts";

/** As loopty.yaml would ask for them. */
export function machinesOf(slurm: Readonly<Record<string, unknown>>): SlurmMachines {
  return slurmSchema.parse({ slurm });
}
