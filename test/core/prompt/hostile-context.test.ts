import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { historyLines } from "../../../src/core/prompt/history.ts";
import { type ContextText, contextText } from "../../../src/core/prompt/prompt.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { HOSTILE, hostileTexts, tagsIn, unprintable } from "../../hostile-text.ts";
import { contextTask, nodeOf, smallTree } from "./context-tree.ts";

/** The prompt for a child of 2.1 in a tree whose every text is this one. */
function promptOf(text: string): ContextText {
  const texts = { description: text, hypothesis: text, analysis: text, reason: text };
  const nodes = smallTree().map((node): ExperimentNode => ({ ...node, ...texts }));
  const [earlier] = contextTask().earlierRuns;
  return contextText(
    contextTask({
      nodes,
      parent: nodeOf(nodes, parseId("2.1")),
      statement: text,
      commands: { build: text, verify: text, benchmark: text },
      files: [{ path: text, bytes: 1 }],
      parentDiff: text,
      notes: [{ id: parseId("2"), text }],
      earlierRuns: earlier === undefined ? [] : [{ ...earlier, nodes, statement: text }],
    }),
  );
}

function whole({ system, shared, task }: ContextText): string {
  return [system, shared, task].join("\n\n");
}

describe("hostile text in what a model reads", () => {
  const own = tagsIn(whole(promptOf("plain")));

  it("closes no part of the prompt and opens none, in any field", () => {
    expect(own.filter((tag) => tag === "<your_task" || tag === "</your_task")).toHaveLength(2);
    expect(tagsIn(whole(promptOf(HOSTILE)))).toEqual(own);
    fc.assert(
      fc.property(hostileTexts, (text) => {
        const prompt = whole(promptOf(`a${text}b`));
        expect(tagsIn(prompt)).toEqual(own);
        expect(unprintable(prompt)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it("stays in its line of the history file", () => {
    const nodes = smallTree().map((node) => ({ ...node, description: HOSTILE, analysis: HOSTILE }));
    const lines = historyLines(nodes).trimEnd().split("\n");
    expect(lines).toHaveLength(nodes.length);
    for (const line of lines) {
      expect(unprintable(line)).toEqual([]);
      expect(JSON.parse(line)).toMatchObject({ description: expect.stringContaining("\\x1b[2J") });
    }
  });
});
