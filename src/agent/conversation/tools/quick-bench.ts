import { z } from "zod";
import { dataBlock } from "../../../core/prompt/section.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import { excerptOf } from "../truncation.ts";
import { defineTool } from "./tool.ts";

const EXCERPT = { headBytes: 6 * 1024, tailBytes: 2 * 1024 };

export const quickBench = defineTool({
  name: "quick_bench",
  description:
    "Benchmarks the workspace against the parent, in turn, until it is clear which is better or time is over. Only a few per experiment; a failed one is none.",
  input: z.strictObject({}),
  use: async (_, { session, signal, counters, quickBench }) => {
    if (counters.benchesLeft === 0) {
      return {
        kind: "error",
        text: "no quick benchmark is left in this experiment; finish, and it is measured",
      };
    }
    const look = await untilAborted(quickBench(session, signal), signal);
    const shown = excerptOf(
      dataBlock(look.text),
      EXCERPT,
      (bytes) => `(… ${bytes} bytes left out)`,
    ).trimEnd();
    if (look.kind === "failed") return { kind: "error", text: shown };
    counters.benchesLeft -= 1;
    return {
      kind: look.isWorse ? "doubted" : "done",
      text: `${shown}\n(${counters.benchesLeft} left)`,
    };
  },
});
