import { cutToColumns } from "../core/columns.ts";
import type { RunEvent } from "../core/event.ts";
import { formatCounted } from "../core/number-text.ts";
import { eventText } from "./event-text.ts";
import type { Sink, Spinner, World } from "./world.ts";

/** Tells what happens while it happens. Disposing it ends live lines, and may be done twice. */
export interface Progress extends Disposable {
  /** A step of setting up begins; events tell the rest. */
  step(text: string): void;
  event(event: RunEvent): void;
}

/** Live lines on a terminal, plain dated lines for a pipe or a build server. */
export async function openProgress(world: World): Promise<Progress> {
  const spinner = await world.startSpinner?.();
  return spinner === undefined
    ? plainProgress(world.stderr, world.now)
    : liveProgress(spinner, world.stderr);
}

/** No benchmark with work worth measuring comes near it; one that prints 100,000 rows must not fill a disk with logs. */
const ROWS_PER_SECOND = 20;

/** `2026-11-23T10:00:00Z 1.3 build passed (1.2 s)` */
export function plainProgress(sink: Sink, now: () => Date): Progress {
  const line = (at: string, text: string) => sink.write(`${at.slice(0, 19)}Z ${text}\n`);
  let second = "";
  let rows = 0;
  const tellSkipped = (at: string) => {
    const skipped = rows - ROWS_PER_SECOND;
    rows = 0;
    if (skipped > 0) line(at, `${formatCounted(skipped, "more row")}`);
  };
  return {
    step: (text) => line(now().toISOString(), text),
    event: (event) => {
      const isSameSecond = event.at.slice(0, 19) === second;
      if (event.type !== "row_streamed" || !isSameSecond) tellSkipped(event.at);
      second = event.at.slice(0, 19);
      if (event.type === "row_streamed" && ++rows > ROWS_PER_SECOND) return;
      line(event.at, eventText(event));
    },
    [Symbol.dispose]: () => {},
  };
}

const KEPT: ReadonlySet<RunEvent["type"]> = new Set([
  "run_started",
  "run_resumed",
  "base_ready",
  "node_finished",
  "warning",
  "run_finished",
]);
/** The spinner's own sign and a space. */
const SPINNER_COLUMNS = 3;

/** What stays is whole, what changes in place must fit into one line. */
export function liveProgress(spinner: Spinner, sink: Sink): Progress {
  const show = (text: string) => spinner.update(cutToColumns(text, sink.width - SPINNER_COLUMNS));
  return {
    step: show,
    event: (event) => {
      const text = eventText(event);
      if (KEPT.has(event.type)) spinner.keep(text);
      else show(text);
    },
    [Symbol.dispose]: () => spinner.stop(),
  };
}
