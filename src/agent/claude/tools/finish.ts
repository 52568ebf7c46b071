import { z } from "zod";
import { defineTool } from "./tool.ts";

const input = z.strictObject({
  outcome: z
    .enum(["ready", "abandon"])
    .describe("ready: build and measure the files as they are; abandon: this led nowhere"),
  description: z
    .string()
    .trim()
    .min(1)
    .max(300)
    .describe(
      "what was changed, or why it is abandoned; one sentence, read by people and by later experiments",
    ),
  hypothesis: z
    .string()
    .trim()
    .min(1)
    .max(1000)
    .describe("why it should be better, and by how much"),
  analysis: z.string().trim().max(2000).optional().describe("what was learnt on the way"),
  next_ideas: z
    .array(z.string().trim().min(1).max(300))
    .max(5)
    .optional()
    .describe("what a later experiment could try on top of this"),
});

export type Finish = z.output<typeof input>;

export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work on this experiment. Call it exactly once, alone, when the change builds and works, or when it has to be given up. Its result tells what was measured.",
  input,
  use: async (given) => ({ kind: "finished", finish: given }),
});
