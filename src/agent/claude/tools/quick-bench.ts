import { z } from "zod";
import { dataBlock } from "../../../core/prompt/section.ts";
import { untilAborted } from "../request/until-aborted.ts";
import { excerptOf } from "../truncation.ts";
import { defineTool } from "./tool.ts";

const EXCERPT = { headBytes: 6 * 1024, tailBytes: 2 * 1024 };

export const quickBench = defineTool({
  name: "quick_bench",
  description:
    "Benchmarks the workspace as it is now, in short: the metrics, the change against the parent and whether it is more than noise. Only a few of these per experiment; the measurement after `finish` is what counts.",
  input: z.strictObject({}),
  use: async (_, { session, signal, counters, quickBench }) => {
    if (counters.benchesLeft === 0) {
      return {
        kind: "error",
        text: "no quick benchmark is left in this experiment; finish, and it is measured",
      };
    }
    counters.benchesLeft -= 1;
    const told = dataBlock(await untilAborted(quickBench(session, signal), signal));
    const shown = excerptOf(told, EXCERPT, (bytes) => `(… ${bytes} bytes left out)`);
    return { kind: "done", text: `${shown.trimEnd()}\n(${counters.benchesLeft} left)` };
  },
});
