import { finishInput } from "./finish-input.ts";
import { defineTool } from "./tool.ts";

export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work on this experiment. Call it once, when the change builds and works, or when it has to be given up. It may stand last in an answer, behind the edits and the build: it only counts where they worked. Its result tells what was measured.",
  input: finishInput,
  use: async (given) => ({ kind: "finished", finish: given }),
});
