import { type Body, digest, messagesOf, plain } from "./request.ts";

export interface Billed {
  readonly input: number;
  readonly cacheWrite: number;
  readonly cacheRead: number;
  readonly output: number;
}

/** What a budget counts. */
export function freshTokens(billed: Billed | null): number {
  return billed === null ? 0 : billed.input + billed.cacheWrite + billed.output;
}

const BYTES_PER_TOKEN = 3;
/** How many blocks before a breakpoint the server looks for an entry. */
const LOOK_BACK = 20;

export function tokensIn(value: unknown): number {
  return Math.ceil(Buffer.byteLength(plain(value)) / BYTES_PER_TOKEN);
}

/** Prompt caching as documented: entries end at breakpoints, and the longest one that is a prefix is read. */
export class PromptCache {
  readonly #prefixes = new Set<string>();

  /** Splits the input of a request, and keeps what it writes. */
  bill(body: Body): Omit<Billed, "output"> {
    const blocks = [
      ...(body.tools ?? []),
      ...systemBlocks(body),
      ...messagesOf(body).flatMap(({ content }) => content),
    ];
    const prefixes: string[] = [];
    const lengths: number[] = [];
    let prefix = "";
    let length = 0;
    for (const block of blocks) {
      prefix = digest(prefix, block);
      length += tokensIn(block);
      prefixes.push(prefix);
      lengths.push(length);
    }
    const marks = blocks.flatMap((block, index) =>
      "cache_control" in block && block.cache_control ? [index] : [],
    );
    const read = Math.max(
      -1,
      ...marks.flatMap((mark) =>
        prefixes.flatMap((each, index) =>
          index <= mark && index > mark - LOOK_BACK && this.#prefixes.has(each) ? [index] : [],
        ),
      ),
    );
    for (const mark of marks) this.#prefixes.add(prefixes[mark] ?? "");
    const written = Math.max(read, ...marks);
    const until = (index: number) => (index < 0 ? 0 : (lengths[index] ?? 0));
    return {
      cacheRead: until(read),
      cacheWrite: until(written) - until(read),
      input: length - until(written),
    };
  }
}

function systemBlocks({ system }: Body) {
  return typeof system === "string" ? [{ type: "text" as const, text: system }] : (system ?? []);
}
