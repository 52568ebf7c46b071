import { type WireEntry, wireEntriesIn } from "../agent/gateway/wire-journal.ts";
import { lostLinesText } from "../core/text/json.ts";
import { headOf } from "./text-view.ts";
import type { TranscriptBlock, TranscriptTurn } from "./transcript-turn.ts";

const MOST_BLOCK_BYTES = 32 * 1024;

/** What crossed a node's gateway, as turns; `null` for a transcript of another kind. The words are the protocol's own. */
export function wireTurnsOf(text: string): TranscriptTurn[] | null {
  const { entries, lostLines } = wireEntriesIn(text);
  if (entries.length === 0) return null;
  const turns = entries.map(turnOf);
  if (lostLines === 0) return turns;
  const title = lostLinesText(lostLines, "transcript.jsonl");
  const last = entries.at(-1)?.at ?? "";
  return [...turns, { who: "failure", at: last, title, outputTokens: null, blocks: [] }];
}

function turnOf(entry: WireEntry): TranscriptTurn {
  const { at } = entry;
  switch (entry.type) {
    case "command_started": {
      const blocks = entry.argv.map((word) => block(word));
      const title = `${entry.step}, ${entry.model} by ${entry.protocol}`;
      return { who: "harness", at, title, outputTokens: null, blocks };
    }
    case "wire_request": {
      const parts = [entry.fixed, ...entry.turns].filter((part) => part !== null);
      const blocks = parts.map((part) => block(JSON.stringify(part, null, 2)));
      return { who: "harness", at, title: `request ${entry.number}`, outputTokens: null, blocks };
    }
    case "wire_answer": {
      const { tokens, status, number, body } = entry;
      const outputTokens = tokens === "unknown" ? null : tokens.outputTokens;
      const title = `answer ${number}, ${status === null ? "broken off" : `status ${status}`}`;
      const isFine = status !== null && status < 300;
      return { who: isFine ? "agent" : "failure", at, title, outputTokens, blocks: [block(body)] };
    }
    case "wire_refusal": {
      const title = `refused, status ${entry.status}`;
      return { who: "failure", at, title, outputTokens: null, blocks: [block(entry.reason)] };
    }
    case "command_ended": {
      const own =
        entry.ownUsage === null ? [] : [block(`its own count: ${JSON.stringify(entry.ownUsage)}`)];
      const title = `${entry.step}: ${entry.kind}`;
      const blocks = [block(entry.text), ...own];
      return { who: "outcome", at, title, outputTokens: null, blocks };
    }
  }
}

function block(text: string): TranscriptBlock {
  return { kind: "text", name: "", text: headOf(text, MOST_BLOCK_BYTES) };
}
