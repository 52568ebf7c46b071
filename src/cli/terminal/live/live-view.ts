import { workingTimeMs } from "../../../core/budget/budget.ts";
import type { RunEvent } from "../../../core/events/event.ts";
import { type RunView, runViewOf } from "../../../dashboard/run-view.ts";
import type { StoredRun } from "../../../store/stored-run.ts";
import type { Screen, ScreenListener } from "../../world.ts";
import type { Paint } from "../paint.ts";
import { Block } from "./block.ts";
import { frameLines } from "./frame.ts";
import { NO_WORKERS, type WorkerStatuses, workersAfter } from "./worker-status.ts";

/** A growing run, whose records are read again and again. */
export type WatchedRun = Pick<StoredRun, "record" | "nodes">;

const FRAME_MS = 100;
const CLOCK_MS = 1000;

export interface LiveViewOptions {
  readonly run: WatchedRun;
  readonly paint: Paint;
  readonly now: () => Date;
  /** Lines that stand above already. */
  readonly kept: readonly string[];
}

/** Shows a run on a terminal while it grows. Lines that stay scroll by; lines that change are drawn in place below. */
export class LiveView implements Disposable {
  readonly #run: WatchedRun;
  readonly #paint: Paint;
  readonly #now: () => Date;
  readonly #startedAtMs: number;
  readonly #screen: Screen;
  readonly #block: Block;
  readonly #clock: NodeJS.Timeout;
  #frame: NodeJS.Timeout | null = null;
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #workers: WorkerStatuses = NO_WORKERS;
  #told: string | null = null;
  #view: RunView | null = null;
  #isClosed = false;

  constructor(openScreen: (listener: ScreenListener) => Screen, options: LiveViewOptions) {
    this.#run = options.run;
    this.#paint = options.paint;
    this.#now = options.now;
    this.#startedAtMs =
      this.#nowMs() - (options.run.record.workedMs ?? workingTimeMs(options.run.nodes));
    this.#screen = openScreen({
      othersWrite: (text) => {
        this.#block.giveWay(text);
        this.#drawSoon();
      },
      resized: () => {
        this.#block.resized(this.#screen.size());
        this.#drawSoon();
      },
      ends: () => this[Symbol.dispose](),
    });
    this.#block = new Block((text) => this.#screen.write(text), options.kept);
    this.#clock = setInterval(() => this.#drawSoon(), CLOCK_MS).unref();
    this.#draw();
  }

  step(text: string): void {
    this.#told = text;
    this.#drawSoon();
  }

  keep(line: string): void {
    this.#block.keep(line);
    this.#drawSoon();
  }

  event(event: RunEvent): void {
    this.#workers = workersAfter(this.#workers, event);
    // A benchmark may stream a thousand rows a second, and they do not change the records.
    if (event.type !== "row_streamed") this.#view = null;
    this.#drawSoon();
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#clock);
    if (this.#frame !== null) clearTimeout(this.#frame);
    this.#block.close();
    this.#screen.close();
  }

  /** Draws at once, or as soon as the last drawing is old enough. */
  #drawSoon(): void {
    if (this.#isClosed || this.#frame !== null) return;
    const waitMs = Math.min(FRAME_MS, Math.max(0, this.#drawnAtMs + FRAME_MS - this.#nowMs()));
    this.#frame = setTimeout(() => this.#draw(), waitMs).unref();
  }

  #draw(): void {
    this.#frame = null;
    this.#drawnAtMs = this.#nowMs();
    this.#view ??= runViewOf(this.#run);
    const state = {
      workers: this.#workers,
      told: this.#told,
      view: this.#view,
      nowMs: this.#drawnAtMs,
      startedAtMs: this.#startedAtMs,
    };
    const size = this.#screen.size();
    this.#block.draw(frameLines(state, size).map(this.#paint), size);
  }

  #nowMs(): number {
    return this.#now().getTime();
  }
}
