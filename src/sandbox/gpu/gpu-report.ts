import { z } from "zod";

/** A GPU as NVIDIA's driver tells it, for the record of a run; `null` where it does not know. */
export interface GpuFacts {
  /** As loopty.yaml names it. */
  readonly gpu: string;
  readonly model: string | null;
  readonly uuid: string | null;
  readonly driver: string | null;
  readonly mig: string | null;
  readonly memoryMib: number | null;
  readonly maxClockMhz: number | null;
  /** What `nvidia-smi -L` lists, the devices of MIG included. */
  readonly listed: readonly string[];
}

/** How busy a GPU is while none of our containers has it; `null` where the driver does not tell. */
export interface GpuLook {
  readonly memoryMib: number | null;
  /** The least of several looks: the driver's figure is of up to the last second. */
  readonly busyPercent: number | null;
  /** Processes that compute on it, as far as a container sees them. */
  readonly processes: number;
}

const FACTS = "name,uuid,driver_version,mig.mode.current,memory.total,clocks.max.sm";
const BUSY = "memory.used,utilization.gpu";
const FORMAT = "--format=csv,noheader,nounits";
const END = "--";

/** For a container that has one GPU. It prints nothing where there is no `nvidia-smi`, as for a device of another maker. */
export const LOOK_SCRIPT = `
command -v nvidia-smi > /dev/null || exit 0
nvidia-smi --query-gpu=${FACTS} ${FORMAT}; echo ${END}
nvidia-smi -L; echo ${END}
nvidia-smi --query-compute-apps=pid ${FORMAT}; echo ${END}
for look in 1 2 3; do nvidia-smi --query-gpu=${BUSY} ${FORMAT}; sleep 0.4; done
`;

export interface GpuReport {
  readonly facts: GpuFacts;
  readonly look: GpuLook;
}

/** Reads what the script printed. The text may be anything. */
export function readGpuReport(gpu: string, text: string): GpuReport {
  const [about = [], listed = [], processes = [], looks = []] = text
    .split(`\n${END}\n`)
    .map((part) =>
      part
        .split("\n")
        .map((line) => line.trim())
        .filter((line) => line !== ""),
    );
  const [model, uuid, driver, mig, memory, clock] = (about[0] ?? "").split(", ").map(known);
  const busy = looks.map((line) => line.split(", ").map(known));
  return {
    facts: {
      gpu,
      model: model ?? null,
      uuid: uuid ?? null,
      driver: driver ?? null,
      mig: mig ?? null,
      memoryMib: numberOf(memory),
      maxClockMhz: numberOf(clock),
      listed,
    },
    look: {
      memoryMib: least(busy.map(([used]) => numberOf(used))),
      busyPercent: least(busy.map(([, percent]) => numberOf(percent))),
      processes: processes.filter((line) => /^\d+$/.test(line)).length,
    },
  };
}

/** Contexts of a driver come and go with some memory. */
const SLACK_MIB = 64;
const BUSY_PERCENT = 5;

/** Who else computes on it, as a sentence; `null` for nobody. `idle` is a look of when the run began. */
export function othersOn(gpu: string, look: GpuLook, idle: GpuLook): string | null {
  const more = (look.memoryMib ?? 0) - (idle.memoryMib ?? 0);
  if (look.processes > 0) return `${look.processes} other processes compute on GPU ${gpu}`;
  if ((look.busyPercent ?? 0) >= BUSY_PERCENT) {
    return `GPU ${gpu} is ${look.busyPercent} % busy with somebody else's work`;
  }
  return more > SLACK_MIB ? `somebody else took ${more} MiB of GPU ${gpu}` : null;
}

const figure = z.coerce.number().finite().nonnegative();

/** What the driver does not know it writes as `[N/A]` or `[Not Supported]`. */
function known(value: string): string | undefined {
  return value === "" || value.startsWith("[") ? undefined : value;
}

function numberOf(value: string | undefined): number | null {
  return value === undefined ? null : (figure.safeParse(value).data ?? null);
}

function least(values: readonly (number | null)[]): number | null {
  const told = values.filter((value) => value !== null);
  return told.length === 0 ? null : Math.min(...told);
}
