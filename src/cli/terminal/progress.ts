import type { RunEvent } from "../../core/events/event.ts";
import { cutToColumns } from "../../core/text/columns.ts";
import { formatCounted, formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { Sink, Spinner, World } from "../world.ts";
import { eventText } from "./event-text.ts";
import { LiveView, type WatchedRun } from "./live/live-view.ts";
import { painterOf } from "./paint.ts";

/** Reports what happens while it happens. Disposing it ends live lines, and may be done twice. */
export interface Progress extends Disposable {
  /** A step of setting up begins. Events report the rest. */
  step(text: string): void;
  /** What a command prints meanwhile. Only a terminal shows it, and of it the last line. */
  output(chunk: Buffer): void;
  /** A line to come back to, which stays on the screen. */
  keep(text: string): void;
  event(event: RunEvent): void;
  /** The run exists. From now on its figures can be shown as they change. */
  watch(run: WatchedRun): Promise<void>;
}

/** Live lines on a terminal, plain dated lines for a pipe or a build server. */
export async function openProgress(world: World): Promise<Progress> {
  const spinner = await world.startSpinner?.();
  if (spinner === undefined) return plainProgress(world.stderr, world.now);
  const { stderr, now } = world;
  return liveProgress(spinner, stderr, now, async (run) => {
    const openScreen = await world.loadScreen?.();
    if (openScreen === undefined) return null;
    const paint = painterOf(stderr, world.env);
    return (kept) => new LiveView(openScreen, { run, paint, now, kept });
  });
}

/** Texts should come escaped. In any case no text may break its line or steer a terminal here. */
function oneLine(text: string): string {
  return printable(text, Number.MAX_SAFE_INTEGER);
}

/** No benchmark with work worth measuring comes near this rate. One that prints 100,000 rows must not fill a disk with logs. */
const ROWS_PER_SECOND = 20;

/** `2026-11-23T10:00:00Z 1.3 build passed (1.2 s)` */
export function plainProgress(sink: Sink, now: () => Date): Progress {
  const line = (at: string, text: string) => sink.write(`${at.slice(0, 19)}Z ${oneLine(text)}\n`);
  let second = "";
  let rows = 0;
  const tellSkipped = (at: string) => {
    const skipped = rows - ROWS_PER_SECOND;
    rows = 0;
    if (skipped > 0) line(at, `${formatCounted(skipped, "more row")}`);
  };
  return {
    step: (text) => line(now().toISOString(), text),
    output: () => {},
    keep: (text) => line(now().toISOString(), text),
    event: (event) => {
      const isSameSecond = event.at.slice(0, 19) === second;
      if (event.type !== "row_streamed" || !isSameSecond) tellSkipped(event.at);
      second = event.at.slice(0, 19);
      if (event.type === "row_streamed" && ++rows > ROWS_PER_SECOND) return;
      line(event.at, eventText(event));
    },
    watch: async () => {},
    [Symbol.dispose]: () => {},
  };
}

const KEPT: ReadonlySet<RunEvent["type"]> = new Set([
  "run_started",
  "run_resumed",
  "base_ready",
  "node_finished",
  "warning",
  "steered",
  "run_finished",
]);
const CLOCK_MS = 1000;
const CLOCK_FROM_MS = 2000;
/** Nobody reads longer lines in one of a terminal, and a command may print megabytes at once. */
const SHOWN_BYTES = 1000;
/** The spinner's own sign and a space. */
const SPINNER_COLUMNS = 3;

/** Progress bars draw one line again and again, so a carriage return ends a line as well. */
function lastLineOf(chunk: Buffer): string | undefined {
  const text = chunk.subarray(-SHOWN_BYTES).toString("utf8");
  return text
    .split(/[\r\n]+/)
    .findLast((line) => line.trim() !== "")
    ?.trim();
}

/** `kept` stands above already. */
type LoadView = (run: WatchedRun) => Promise<((kept: readonly string[]) => LiveView) | null>;

/**
 * Lines that stay are whole. What changes in place must fit: one line of a spinner, or a view of the run once there is one.
 * A step that takes long has a clock, and the last line of what it prints.
 */
export function liveProgress(
  spinner: Spinner,
  sink: Sink,
  now: () => Date,
  loadView: LoadView = async () => null,
): Progress {
  let view: LiveView | null = null;
  const kept: string[] = [];
  const current = { text: "", sinceMs: now().getTime(), printed: "" };
  const draw = () => {
    const tookMs = now().getTime() - current.sinceMs;
    const clock = tookMs < CLOCK_FROM_MS ? "" : `  ${formatDuration(tookMs)}  ${current.printed}`;
    const line = oneLine(`${current.text}${clock}`.trimEnd());
    spinner.update(cutToColumns(line, sink.width - SPINNER_COLUMNS));
  };
  const ticks = setInterval(draw, CLOCK_MS).unref();
  const show = (text: string) => {
    Object.assign(current, { text, sinceMs: now().getTime(), printed: "" });
    draw();
  };
  const keep = (text: string) => {
    (view ?? spinner).keep(oneLine(text));
    if (view === null) kept.push(oneLine(text));
  };
  return {
    step: (text) => (view === null ? show(text) : view.step(text)),
    keep,
    output: (chunk) => {
      current.printed = lastLineOf(chunk) ?? current.printed;
    },
    event: (event) => {
      const text = eventText(event);
      if (KEPT.has(event.type)) keep(text);
      else if (view === null) show(text);
      view?.event(event);
    },
    watch: async (run) => {
      const open = await loadView(run);
      if (open === null) return;
      clearInterval(ticks);
      spinner.stop();
      view = open(kept);
    },
    [Symbol.dispose]: () => {
      clearInterval(ticks);
      if (view === null) spinner.stop();
      else view[Symbol.dispose]();
    },
  };
}
