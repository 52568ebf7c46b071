import type { Duplex } from "node:stream";
import type { Clock } from "../../../core/clock.ts";
import { EngineError, messageOf } from "../../../core/error.ts";
import { printable } from "../../../core/text/printable.ts";

/** What the script of a job made on its node. */
export interface NodeEngine {
  /** Of the job, on the node's own disk. */
  readonly folder: string;
  /** Those of the job, as a cpuset. */
  readonly cpus: string;
}

const BEAT_MS = 10_000;
/** A busy network is no dead one. */
const SILENT_MS = 60_000;
const CLOSE_MS = 5000;
const LONGEST_LINE = 4000;
const CPUSET = /^\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/;

/** The stream that keeps a job alive, and by whose end its loss is seen. */
export class Keeper {
  /** Resolves to why, in a clause, once the node is not heard any more. Never where the keeper was closed. */
  readonly lost: Promise<string>;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #firstLine: Promise<string>;
  readonly #beating = new AbortController();
  #heardAtMs: number;

  constructor(stream: Duplex, clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#heardAtMs = clock.steadyMs();
    this.#firstLine = new Promise((resolve) => {
      let text = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        this.#heardAtMs = clock.steadyMs();
        if (text.includes("\n")) return;
        text = `${text}${chunk}`.slice(0, LONGEST_LINE);
        if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")).trimEnd());
      });
    });
    this.lost = new Promise((resolve) => {
      const lose = (why: string) => {
        if (!this.#beating.signal.aborted) resolve(why);
        this.#beating.abort();
      };
      stream.once("error", (error) => lose(messageOf(error)));
      stream.once("end", () => lose("its stream ended"));
      void this.#beat(lose);
    });
  }

  /** Resolves when the engine is there. Throws `EngineError` with what the node said otherwise. */
  async ready(signal: AbortSignal): Promise<NodeEngine> {
    const over = new AbortController();
    const stopped = new Promise<never>((_, reject) => {
      const listening = { once: true, signal: over.signal };
      signal.addEventListener("abort", () => reject(signal.reason), listening);
    });
    const silent = this.lost.then((why) => {
      throw new EngineError(`the node has no engine yet, and ${why}`);
    });
    const line = await Promise.race([this.#firstLine, silent, stopped]).finally(() => over.abort());
    const [word, folder = "", rest = ""] = line.split("\t");
    if (word === "ready" && folder !== "" && CPUSET.test(rest)) return { folder, cpus: rest };
    throw new EngineError(
      word === "failed"
        ? `the node has no engine for loopty: ${printable(rest)}`
        : `the node answered with something else: ${printable(line)}`,
      { hint: "docs/machines.md says what must be on a node" },
    );
  }

  /** The job ends by itself, now. */
  close(): void {
    this.#beating.abort();
    this.#stream.end();
    // A node that is gone ends no stream, and loopty need not wait for it.
    const late = AbortSignal.timeout(CLOSE_MS);
    late.addEventListener("abort", () => this.#stream.destroy(), { once: true });
  }

  /** Gives a sign of life again and again, until none comes back. */
  async #beat(lose: (why: string) => void): Promise<void> {
    for await (const _ of this.#clock.ticks(BEAT_MS, this.#beating.signal)) {
      if (this.#clock.steadyMs() - this.#heardAtMs <= SILENT_MS) this.#stream.write("\n");
      else lose(`it says nothing for ${SILENT_MS / 1000} s`);
    }
  }
}
