import { StringDecoder } from "node:string_decoder";
import { parseJson } from "../../core/text/json.ts";

const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** Reads the `data` of server-sent events as JSON (`undefined` for what is none) and as text, from chunks that may begin and end anywhere. */
export class EventReader {
  readonly #onData: (data: unknown, text: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #line = "";
  #data: string[] = [];
  #length = 0;

  constructor(onData: (data: unknown, text: string) => void) {
    this.#onData = onData;
  }

  push(chunk: Buffer): void {
    const [first = "", ...rest] = this.#decoder.write(chunk).split("\n");
    this.#line += first;
    for (const next of rest) {
      this.#take(this.#line.replace(/\r$/, ""));
      this.#line = next;
    }
    // An event of any length would be kept until its end.
    if (this.#line.length > MAX_EVENT_LENGTH) this.#line = "";
  }

  #take(line: string): void {
    if (line !== "") {
      if (!line.startsWith("data:") || this.#length > MAX_EVENT_LENGTH) return;
      this.#length += line.length;
      this.#data.push(line.slice(5).trimStart());
      return;
    }
    const text = this.#data.join("\n");
    this.#data = [];
    this.#length = 0;
    if (text !== "") this.#onData(parseJson(text), text);
  }
}
