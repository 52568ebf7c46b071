import type { OpenLab } from "./lab.ts";

/** A harness that is killed has told all but the last of it. */
const TELL_EVERY_MS = 60_000;

/** How long a machine was lent, told bit by bit. */
export class Lending {
  readonly #open: Pick<OpenLab, "lentMs">;
  readonly #tell: (moreMs: number) => Promise<void>;
  #toldMs = 0;

  constructor(open: Pick<OpenLab, "lentMs">, tell: (moreMs: number) => Promise<void>) {
    this.#open = open;
    this.#tell = tell;
  }

  /** Now and then. */
  async beat(): Promise<void> {
    if ((this.#open.lentMs() ?? 0) - this.#toldMs >= TELL_EVERY_MS) await this.end();
  }

  /** Once it was given back. */
  async end(): Promise<void> {
    const moreMs = (this.#open.lentMs() ?? 0) - this.#toldMs;
    if (moreMs <= 0) return;
    this.#toldMs += moreMs;
    await this.#tell(moreMs);
  }
}
