import { finishInput } from "./finish-input.ts";
import { defineTool } from "./tool.ts";

export const finish = defineTool({
  name: "finish",
  description:
    "Ends the work, when the change builds and works, or has to be given up. Its result is what was measured.",
  input: finishInput,
  use: async (given) => ({ kind: "finished", finish: given }),
});
