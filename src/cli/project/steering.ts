import { setTimeout as sleep } from "node:timers/promises";
import type { SteeringOrder } from "../../core/tree/steering.ts";
import type { Owner } from "../../store/files/owner.ts";
import type { Project } from "../../store/project.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import type { World } from "../world.ts";

/** Who heard an order. */
export type Heard =
  | { readonly by: "process"; readonly pid: number }
  /** The process is busy with what comes before or after growing the tree, or it runs another command. */
  | { readonly by: "nobody yet"; readonly pid: number }
  | { readonly by: "nobody"; readonly reason: string };

const POLL_MS = 50;
const WAIT_MS = 2000;

/** Writes an order down for a run, without the lock, and waits a moment until the loopty that grows the run takes it. */
export async function postOrder(
  { now, signal }: World,
  project: Project,
  run: StoredRun,
  order: SteeringOrder,
): Promise<Heard> {
  const holder = await project.holder();
  const number = await run.steering.post(order, now());
  const last = (await project.runs()).at(-1);
  if (run.record.run !== last) {
    const reason = `run ${run.record.run} is not the last: it counts if that run ever goes on`;
    return { by: "nobody", reason };
  }
  if (holder === null) {
    const reason = "no loopty is running: it counts from `loopty run --resume` on";
    return { by: "nobody", reason };
  }
  return (await isTaken(run, number, signal))
    ? said("process", holder)
    : said("nobody yet", holder);
}

export function heardText(heard: Heard): string {
  switch (heard.by) {
    case "process":
      return `process ${heard.pid} knows`;
    case "nobody yet":
      return `process ${heard.pid} has not taken it up yet: it does so when it grows the tree`;
    case "nobody":
      return heard.reason;
  }
}

function said<By extends "process" | "nobody yet">(by: By, { pid }: Owner) {
  return { by, pid } as const;
}

async function isTaken(run: StoredRun, number: number, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    if ((await run.steering.taken()) >= number) return true;
    await sleep(POLL_MS, undefined, { signal });
  }
  return false;
}
