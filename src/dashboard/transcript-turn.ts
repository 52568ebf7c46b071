import type { CutText } from "./text-view.ts";

/** A turn of a node's conversation, in the order of the conversation. */
export interface TranscriptTurn {
  readonly who: "harness" | "agent" | "failure" | "outcome";
  readonly at: string;
  /** What the turn is about: the step asked for, why the answer ended, what came of it. */
  readonly title: string;
  /** Tokens of an answer; `null` where none were reported. */
  readonly outputTokens: number | null;
  readonly blocks: readonly TranscriptBlock[];
}

export interface TranscriptBlock {
  readonly kind: "text" | "thinking" | "tool_use" | "tool_result" | "other";
  /** The tool's name, where there is one. */
  readonly name: string;
  readonly text: CutText;
}
