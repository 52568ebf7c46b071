import { finishInput } from "./finish-input.ts";
import { defineTool } from "./tool.ts";

export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work on this experiment. Call it once, when the change builds and works, or when it has to be given up. It may stand last in an answer, behind edits, build and quick_bench: it only counts where they worked and the look shows no loss. Its result tells what was measured.",
  input: finishInput,
  use: async (given) => ({ kind: "finished", finish: given }),
});
