import { open } from "node:fs/promises";
import type { RunEvent } from "../core/events/event.ts";
import { lostLinesText } from "../core/text/json.ts";
import { EVENTS_FILE, eventsIn, ignoreMissing } from "./stored-run.ts";

const LINE_FEED = 0x0a;
/** Older events are about nodes that have finished since, except in a run that streams very much. */
const FIRST_READ_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;

/** Reads a growing events.jsonl from where it last stopped. A half line is left for the next time. */
export class EventTail {
  readonly #path: string;
  #offset: number | null;

  /** Reads from the byte `offset` on, where another tail stopped; where it is left out, from the end, with what is recent. */
  constructor(path: string, offset: number | null = null) {
    this.#path = path;
    this.#offset = offset;
  }

  /** Where the next read starts, in bytes. */
  get offset(): number {
    return this.#offset ?? 0;
  }

  /** The events since the last call; none where the file does not exist. A warning behind them tells of lines that are none. */
  async read(): Promise<RunEvent[]> {
    const handle = await open(this.#path, "r").catch(ignoreMissing);
    if (handle === null) return [];
    try {
      const { size } = await handle.stat();
      // A resumed run cuts off a torn last line, which was never read. A file that is shorter than that is another file.
      if (this.#offset !== null && size < this.#offset) this.#offset = null;
      let start = this.#offset ?? Math.max(0, size - FIRST_READ_BYTES);
      const isWithinLine = this.#offset === null && start > 0;
      const pieces: Buffer[] = [];
      for (let at = start; at < size; ) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - at));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
        if (bytesRead === 0) break;
        pieces.push(chunk.subarray(0, bytesRead));
        at += bytesRead;
      }
      let bytes = Buffer.concat(pieces);
      if (isWithinLine) {
        const skipped = bytes.indexOf(LINE_FEED) + 1;
        bytes = bytes.subarray(skipped);
        start += skipped;
      }
      const end = bytes.lastIndexOf(LINE_FEED) + 1;
      this.#offset = start + end;
      return toldEvents(bytes.toString("utf8", 0, end));
    } finally {
      await handle.close();
    }
  }
}

/** Who follows a run hears of lines that cannot be read as of everything else, once. */
function toldEvents(text: string): RunEvent[] {
  const { entries, lostLines } = eventsIn(text);
  if (lostLines === 0) return [...entries];
  const at = entries.at(-1)?.at ?? new Date(0).toISOString();
  const message = lostLinesText(lostLines, EVENTS_FILE);
  return [...entries, { v: 1, at, type: "warning", id: null, message }];
}
