import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { toldToUser } from "./disk-error.ts";

const LINE_FEED = 0x0a;
const TAIL_BYTES = 64 * 1024;

/** A jsonl file that only grows: one JSON value a line, in the order of the calls. */
export class LineLog implements AsyncDisposable {
  readonly #path: string;
  readonly #handle: FileHandle;
  #last: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** Opens the log for its one writer, and cuts off a last line that a crash left without its end. */
  static async open(path: string): Promise<LineLog> {
    let handle: FileHandle | null = null;
    try {
      handle = await open(path, "a+");
      await cutTornLine(handle);
      return new LineLog(path, handle);
    } catch (error) {
      await handle?.close();
      throw toldToUser(error, path);
    }
  }

  /** Resolves when the operating system has the line; with `sync`, when it outlives a power cut. */
  append(value: unknown, { sync = false }: { readonly sync?: boolean } = {}): Promise<void> {
    const line = `${JSON.stringify(value)}\n`;
    const write = async () => {
      try {
        await this.#handle.appendFile(line);
        if (sync) await this.#handle.datasync();
      } catch (error) {
        throw toldToUser(error, this.#path);
      }
    };
    const written = this.#last.then(write);
    // The caller that waits for a line gets its failure. The next line is tried all the same.
    this.#last = written.catch(() => {});
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#handle.close();
  }
}

/** The lines that contain this text, from a file of any length. */
export async function linesWith(path: string, text: string): Promise<string> {
  const found: string[] = [];
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) if (line.includes(text)) found.push(`${line}\n`);
  return found.join("");
}

async function cutTornLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  for (let end = size; end > 0; end -= TAIL_BYTES) {
    const start = Math.max(0, end - TAIL_BYTES);
    const tail = Buffer.alloc(end - start);
    await handle.read(tail, 0, tail.length, start);
    const lineEnd = tail.lastIndexOf(LINE_FEED);
    if (lineEnd < 0) continue;
    if (start + lineEnd + 1 < size) await handle.truncate(start + lineEnd + 1);
    return;
  }
  if (size > 0) await handle.truncate(0);
}
