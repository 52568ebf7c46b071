import { z } from "zod";
import { contextDigest } from "../context-text.ts";
import type { Desk } from "../desk.ts";
import { statusOf } from "../status.ts";
import type { Tender } from "../tender.ts";
import { type AddTool, tool } from "./tool.ts";

export const nodeInput = z
  .string()
  .max(200)
  .describe("a node: its id such as 1.3.2, or champion, root or last of the last run");

/** Tools that only look. */
export function lookingTools(desk: Desk, tender: Tender): AddTool[] {
  return [
    tool({
      name: "status",
      title: "Status of the project",
      description:
        "The runs of this project, the best node so far, what is under way or waits, and what was spent. Call it first.",
      input: z.strictObject({}),
      reach: "looks",
      call: () => statusOf(desk, tender),
    }),
    tool({
      name: "tree",
      title: "Tree of experiments",
      description:
        "The experiments of a run as a tree, with verdicts and gains. Failures show what need not be tried again.",
      input: z.strictObject({
        run: z.int().positive().optional().describe("the last run when left out"),
        best: z.int().positive().optional().describe("only the lineages of so many best nodes"),
        verdict: z
          .string()
          .max(500)
          .optional()
          .describe("only nodes with these verdicts, such as improved,tie"),
        all: z.boolean().optional().describe("also what is folded otherwise: what led nowhere"),
      }),
      reach: "looks",
      call: (input) => desk.ask({ command: "tree", ...input }),
    }),
    tool({
      name: "show",
      title: "One experiment",
      description:
        "What went into a node and what came out: description, verdict with its figures, reason, analysis. With log: what its build, verify or benchmark printed.",
      input: z.strictObject({
        id: nodeInput,
        log: z.enum(["build", "verify", "bench"]).optional(),
      }),
      reach: "looks",
      call: (input) => desk.ask({ command: "show", ...input }),
    }),
    tool({
      name: "diff",
      title: "What a node changed",
      description:
        "The patch of a node against its parent, or between two nodes. Its files are resources: loopty://node/1.3/file/src/a.c.",
      input: z.strictObject({ id: nodeInput, other: nodeInput.optional() }),
      reach: "looks",
      call: (input) => desk.ask({ command: "diff", ...input }),
    }),
    tool({
      name: "context",
      title: "What to know before a change",
      description:
        "What loopty tells an agent that is about to change a node: the problem, which files it may change, the metrics and their order, what was tried there and what came of it. Read it before the first change on top of a node.",
      input: z.strictObject({ id: nodeInput }),
      reach: "looks",
      call: async (input) => {
        const { json } = await desk.ask({ command: "context", ...input });
        return { text: contextDigest(json), json };
      },
    }),
  ];
}
