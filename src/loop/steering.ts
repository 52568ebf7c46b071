import { EventEmitter, once } from "node:events";
import type { Clock } from "../core/clock.ts";
import { printable } from "../core/text/printable.ts";
import type { HandedIn } from "../core/tree/handed-in.ts";
import { NO_STEERING, type Steering, type SteeringOrder } from "../core/tree/steering.ts";
import { changesIn, type PostedOrder, steeringBy } from "../store/steering-folder.ts";
import { emit, type Reporting } from "./run/run.ts";

type SteeredRun = Reporting & { readonly clock: Pick<Clock, "ticks"> };

/** A person at another terminal waits for it. It is well below a second, and two names are cheap to read. */
const POLL_MS = 200;

/**
 * Follows what people ask of a run while it grows. Every order is recorded as an event once. The orders themselves are
 * kept, so their effect is there again when the run is resumed.
 */
export class SteeringWatch implements AsyncDisposable {
  readonly #run: SteeredRun;
  readonly #owner: string;
  readonly #news = new EventEmitter();
  readonly #stop = new AbortController();
  readonly #over = new AbortController();
  #steering: Steering = NO_STEERING;
  #changes: readonly HandedIn[] = [];
  #seen = 0;
  #taken = 0;
  #watching: Promise<void> = Promise.resolve();

  private constructor(run: SteeredRun, owner: string) {
    this.#run = run;
    this.#owner = owner;
    this.#news.setMaxListeners(0);
  }

  /** `owner` is this process, as its lock names it. */
  static async open(run: SteeredRun, owner: string): Promise<SteeringWatch> {
    const watch = new SteeringWatch(run, owner);
    watch.#taken = await run.records.store.steering.taken();
    await watch.#look();
    watch.#watching = watch.#keepLooking();
    return watch;
  }

  get current(): Steering {
    return this.#steering;
  }

  /** What was handed in to be tried, also what was tried since. */
  get changes(): readonly HandedIn[] {
    return this.#changes;
  }

  /** The number of the last order seen. */
  get seen(): number {
    return this.#seen;
  }

  /** Aborted once somebody asked this process to stop. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Resolves once there is an order after the number `seen`. Rejects when `signal` is aborted. */
  async changedSince(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#seen === seen) await once(this.#news, "change", { signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }

  async #keepLooking(): Promise<void> {
    for await (const _ of this.#run.clock.ticks(POLL_MS, this.#over.signal)) {
      // The run's own writes report a full disk. Here the next look tries again.
      await this.#look().catch(() => {});
    }
  }

  async #look(): Promise<void> {
    const orders = await this.#run.records.store.steering.orders();
    const last = orders.at(-1)?.number ?? 0;
    if (last > this.#seen) {
      this.#seen = last;
      this.#steering = steeringBy(orders);
      this.#changes = changesIn(orders);
      if (orders.some((posted) => this.#isMyStop(posted))) this.#stop.abort();
      this.#news.emit("change");
    }
    for (const posted of orders.filter(({ number }) => number > this.#taken)) {
      await this.#record(posted);
      await this.#run.records.store.steering.setTaken(posted.number);
      this.#taken = posted.number;
    }
  }

  #isMyStop(posted: PostedOrder): boolean {
    if (posted.kind !== "order" || posted.order.kind !== "stop") return false;
    return posted.order.owner === this.#owner;
  }

  async #record(posted: PostedOrder): Promise<void> {
    if (posted.kind === "order") {
      const { number, order } = posted;
      const id = order.kind === "stop" ? null : order.id;
      await emit(this.#run, {
        type: "steered",
        number,
        order: order.kind,
        id,
        text: textOf(order),
      });
      return;
    }
    const message = `steering/${posted.number}.json was left out: ${printable(posted.problem)}`;
    await emit(this.#run, { type: "warning", id: null, message });
  }
}

function textOf(order: SteeringOrder): string {
  switch (order.kind) {
    case "note":
      return order.text;
    case "try":
      return order.description;
    case "pin_idea":
    case "unpin_idea":
      return `idea ${order.number}`;
    default:
      return "";
  }
}
