import { printableBlock } from "../../core/text/printable.ts";
import type { DiffLine } from "./diff-line.ts";

/** A line of a patch, in a `<pre class="diff">`. */
export function DiffRow({ line: { kind, text, parts } }: { readonly line: DiffLine }) {
  return (
    <div class={`line ${kind}`}>
      {parts === null
        ? printableBlock(text)
        : parts.map(({ word, text }, k) => (
            <span key={k} class={word}>
              {printableBlock(text)}
            </span>
          ))}
      {"\n"}
    </div>
  );
}
