import type { Slot, Ticket } from "./ticket.ts";

/** A stretch of time in which nobody else measures where it would disturb. Disposing it passes the slot on. */
export interface MeasuringTurn extends AsyncDisposable {
  readonly ticket: Ticket;
}

/** Another loopty that one waits for. */
interface Measurer {
  readonly pid: number;
  /** The name of the folder that it works in; `null` where the system does not show it. */
  readonly project: string | null;
}

/** Hears of a wait: for whom, and `null` once it is over. Where nobody waits for long it hears nothing. */
export type OnWait = (measurer: Measurer | null) => void;

/** All loopty processes that measure on this machine. */
export interface MeasuringQueue {
  /** Waits for its turn in one of the slots. Throws the signal's reason. */
  take(slots: readonly Slot[], signal: AbortSignal, onWait: OnWait): Promise<MeasuringTurn>;
  /** The cpus on which somebody measures now while the others are paused, without those of one turn. */
  quietCpus(but?: MeasuringTurn): Promise<readonly string[]>;
  /** Whether a container's owner is one of these processes, and runs. */
  includes(owner: string): boolean;
  /** Whether it was such a process, ran here since the machine was booted, and was killed. */
  hasLost(owner: string): boolean;
}

/** Pauses whoever works on a turn's cpus until disposed. */
export type Quieten = (turn: MeasuringTurn, signal: AbortSignal) => Promise<AsyncDisposable>;

/** The slots that a run measures in. Two benchmarks at once would measure each other. */
export class MeasuringSlots {
  readonly #queue: MeasuringQueue;
  readonly #quieten: Quieten;
  readonly #slots: readonly Slot[];

  /**
   * @param cpus a list makes one slot of each entry; a single cpuset makes one slot that the whole machine keeps quiet for
   * @param gpus one for each slot; none where no GPU is used
   */
  constructor(
    queue: MeasuringQueue,
    quieten: Quieten,
    cpus: string | readonly string[],
    gpus: readonly string[] = [],
  ) {
    this.#queue = queue;
    this.#quieten = quieten;
    const alone = typeof cpus === "string";
    this.#slots = [cpus].flat().map((each, i) => {
      const gpu = gpus[i];
      return { cpus: each, alone, quiet: true, ...(gpu === undefined ? {} : { gpu }) };
    });
  }

  /** The slot for all runs of one comparison. */
  forComparison(onWait: OnWait = () => {}): MeasuringSlot {
    return new MeasuringSlot(this.#queue, this.#quieten, this.#slots, onWait);
  }

  /** The slot for a rough look, on cpus on which others continue to work. */
  forLook(cpus: string): MeasuringSlot {
    const alone = this.#slots.some((slot) => slot.alone);
    const looks = this.#slots.map((slot) => ({ ...slot, cpus, alone, quiet: false }));
    return new MeasuringSlot(this.#queue, this.#quieten, looks);
  }

  /** Builds or verifies, with a GPU in its turn: somebody may measure on it. Without one it is done at once. */
  async forWork<T>(
    cpus: string,
    signal: AbortSignal,
    use: (gpu?: string) => Promise<T>,
  ): Promise<T> {
    if (this.#slots.every(({ gpu }) => gpu === undefined)) return use();
    return this.forLook(cpus).exclusive(signal, (_, gpu) => use(gpu));
  }
}

/** One slot, chosen at the first turn and kept, because cpus differ by a percent. */
export class MeasuringSlot {
  readonly #queue: MeasuringQueue;
  readonly #quieten: Quieten;
  readonly #onWait: OnWait;
  #slots: readonly Slot[];

  constructor(
    queue: MeasuringQueue,
    quieten: Quieten,
    slots: readonly Slot[],
    onWait: OnWait = () => {},
  ) {
    this.#queue = queue;
    this.#quieten = quieten;
    this.#slots = slots;
    this.#onWait = onWait;
  }

  /** Measures when it is its turn, on the cpus and the GPU that `use` gets. */
  async exclusive<T>(
    signal: AbortSignal,
    use: (cpus: string, gpu?: string) => Promise<T>,
  ): Promise<T> {
    await using turn = await this.#queue.take(this.#slots, signal, this.#onWait);
    const { slot } = turn.ticket;
    this.#slots = [slot];
    await using _quiet = slot.quiet ? await this.#quieten(turn, signal) : null;
    return await use(slot.cpus, slot.gpu);
  }
}
