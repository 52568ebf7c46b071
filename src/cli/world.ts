import type { Readable, Writable } from "node:stream";
import type { Clock } from "../core/clock.ts";
import type { ProcessTable } from "../store/files/owner.ts";

/** Where text goes. */
export interface Sink {
  readonly isTty: boolean;
  /** Width in columns. It is unlimited where there is no terminal, or one of unknown size. */
  readonly width: number;
  write(chunk: string | Uint8Array): void;
}

/** One line that changes in place, for what runs now. */
export interface Spinner {
  update(text: string): void;
  /** Leaves a line above, for good. */
  keep(line: string): void;
  stop(): void;
}

/** A terminal to draw on, taken until it is closed. */
export interface Screen {
  size(): { readonly columns: number; readonly rows: number };
  /** Writes the text as it is, control sequences included. */
  write(text: string): void;
  close(): void;
}

export interface ScreenListener {
  /** Somebody else is about to write this to the same terminal. */
  othersWrite(text: string): void;
  resized(): void;
  /** The process ends, in whatever way. This is the last moment to write. */
  ends(): void;
}

/** The user's keyboard and screen, for a shell in a container. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** With `raw` every key goes through as it is, Ctrl-C included. */
  setRaw(raw: boolean): void;
  size(): { readonly columns: number; readonly rows: number };
  /** Returns how to stop listening. */
  onResize(listener: () => void): () => void;
}

/** A program at the other end of stdin and stdout. */
interface Pipes {
  readonly input: Readable;
  readonly output: Writable;
}

/** Everything outside of the program that a command touches. */
export interface World extends Clock {
  /** Results. */
  readonly stdout: Sink;
  /** Progress and complaints. */
  readonly stderr: Sink;
  /** `null` where stderr is no terminal, or a build server's. */
  readonly startSpinner: (() => Promise<Spinner>) | null;
  /** Loads the code that draws on stderr's terminal; `null` where there is no spinner either. */
  readonly loadScreen: (() => Promise<(listener: ScreenListener) => Screen>) | null;
  /** `null` unless both stdin and stdout are terminals. */
  readonly terminal: Terminal | null;
  readonly pipes: Pipes;
  /** Starts another loopty that goes on when this one ends. What it prints becomes `stdout` and `stderr` in the folder. */
  readonly startDetached: (args: readonly string[], folder: string) => void;
  /** Shows a page in the user's browser, where there is one. It does not wait, and says nothing where there is none. */
  readonly openInBrowser: (url: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly newUuid: () => string;
  readonly processes: ProcessTable;
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}
