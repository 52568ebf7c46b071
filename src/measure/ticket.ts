import { z } from "zod";
import { shareCpus } from "../core/cpuset.ts";

/** A place where one measures at a time. */
export interface Slot {
  /** A cpuset for every run of a comparison. */
  readonly cpus: string;
  /** Whether nobody else on this machine measures meanwhile, on whatever cpus: they still share memory, caches and the disk. */
  readonly alone: boolean;
  /** Whether others that work on these cpus are paused meanwhile. */
  readonly quiet: boolean;
  /** The GPU that it has for itself, as loopty.yaml names it. */
  readonly gpu?: string | undefined;
}

/** A place in the queue of all that measure on a machine. */
export interface Ticket {
  /** The number is later than that of every ticket that stood when it was drawn. */
  readonly number: number;
  /** The process that waits or measures. */
  readonly owner: string;
  readonly slot: Slot;
}

export const ticketSchema: z.ZodType<Omit<Ticket, "number">> = z.strictObject({
  owner: z.string(),
  slot: z.strictObject({
    cpus: z.string(),
    alone: z.boolean(),
    quiet: z.boolean(),
    gpu: z.string().optional(),
  }),
});

/** Whether measuring in both slots at once would disturb either. */
export function collide(a: Slot, b: Slot): boolean {
  const shareGpu = a.gpu !== undefined && a.gpu === b.gpu;
  return a.alone || b.alone || shareGpu || shareCpus(a.cpus, b.cpus);
}

/**
 * Whether it is a ticket's turn: no ticket before it collides with it, waiting or not. So the first of all may always
 * go, nobody is overtaken for ever, and slots that are apart do not wait for each other.
 */
export function isNext(ticket: Pick<Ticket, "number" | "slot">, standing: readonly Ticket[]) {
  return standing.every(
    ({ number, slot }) => number >= ticket.number || !collide(slot, ticket.slot),
  );
}

/** The slot with the fewest tickets to wait for; of equals the first. */
export function shortestQueue(slots: readonly Slot[], standing: readonly Ticket[]): Slot {
  const waits = slots.map((slot) => standing.filter((ticket) => collide(slot, ticket.slot)).length);
  const slot = slots[waits.indexOf(Math.min(...waits))];
  if (slot === undefined) throw new RangeError("there is no slot to measure in");
  return slot;
}
