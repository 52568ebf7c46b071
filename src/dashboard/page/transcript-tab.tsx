import { formatBytes, formatCounted } from "../../core/text/number.ts";
import { printable, printableBlock } from "../../core/text/printable.ts";
import type { TranscriptBlock, TranscriptTurn } from "../transcript-turn.ts";

export function TranscriptTab({ turns }: { readonly turns: readonly TranscriptTurn[] | null }) {
  if (turns === null || turns.length === 0) {
    return <p class="note">no conversation was had with a model</p>;
  }
  return (
    <ol class="turns">
      {turns.map((turn, k) => (
        <li key={k} class={`turn ${turn.who}`}>
          <div class="turn-head">
            <b>{turn.who}</b> {printable(turn.title)}
            {turn.outputTokens !== null && (
              <span class="note"> {formatCounted(turn.outputTokens, "token")}</span>
            )}
            <time dateTime={turn.at}>{turn.at.slice(11, 19)}</time>
          </div>
          {turn.blocks.map((block, place) => (
            <BlockText key={place} block={block} isOpen={turn.who === "agent" && k > 0} />
          ))}
        </li>
      ))}
    </ol>
  );
}

const LONG_CHARACTERS = 600;

function BlockText({
  block,
  isOpen,
}: {
  readonly block: TranscriptBlock;
  readonly isOpen: boolean;
}) {
  const { kind, name, text } = block;
  const shown = printableBlock(text.text);
  const more = text.cutBytes === 0 ? null : <p class="note">{formatBytes(text.cutBytes)} more</p>;
  if (kind === "text" && (isOpen || shown.length < LONG_CHARACTERS)) {
    return (
      <>
        <p class="said">{shown}</p>
        {more}
      </>
    );
  }
  const title = `${kind.replaceAll("_", " ")}${name === "" ? "" : ` ${printable(name)}`}`;
  return (
    <details open={isOpen && shown.length < LONG_CHARACTERS}>
      <summary>
        {title} <span class="note">{printable(firstLine(shown), 80)}</span>
      </summary>
      <pre>{shown}</pre>
      {more}
    </details>
  );
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0] ?? "";
}
