import { z } from "zod";
import { HISTORY_FILE } from "../../core/prompt/history.ts";
import { dataBlock } from "../../core/prompt/section.ts";
import { lostLinesText, parseJsonLines } from "../../core/text/json.ts";
import { defineTool } from "../conversation/tools/tool.ts";
import { excerptOf } from "../conversation/truncation.ts";

/** The newest stand at the end, which has more room. */
const EXCERPT = { headBytes: 2 * 1024, tailBytes: 10 * 1024 };

const recordSchema = z.looseObject({
  id: z.string(),
  parent: z.string().nullable(),
  verdict: z.string(),
  description: z.string(),
  metrics: z.record(z.string(), z.number()),
});

/** What `/loopty/experiments.jsonl` says, for a command line that would have to read JSON lines otherwise. */
export const history = defineTool({
  name: "history",
  description:
    "Lists the experiments before this one: id, parent, verdict, metrics, description. With an id it shows all that is known of that one.",
  input: z.strictObject({
    id: z.string().trim().max(200).optional().describe("an experiment, such as 1.3.2"),
  }),
  use: async ({ id }, { session }) => {
    const file = (await session.readFile(HISTORY_FILE)) ?? Buffer.alloc(0);
    const { entries, lostLines } = parseJsonLines(
      file.toString("utf8"),
      (json) => recordSchema.safeParse(json).data,
    );
    const wanted = entries.filter((each) => id === undefined || each.id === id);
    if (wanted.length === 0 && id !== undefined) {
      return { kind: "error", text: `there is no experiment ${id} before this one` };
    }
    const told = wanted.map((each) =>
      id === undefined ? lineOf(each) : JSON.stringify(each, null, 1),
    );
    if (lostLines > 0) told.push(lostLinesText(lostLines, HISTORY_FILE));
    const text = told.join("\n") || "there is no experiment before this one";
    const cut = excerptOf(dataBlock(text), EXCERPT, (bytes) => `(… ${bytes} bytes left out)`);
    return { kind: "done", text: cut.trimEnd() };
  },
});

function lineOf({ id, parent, verdict, description, metrics }: z.output<typeof recordSchema>) {
  const values = Object.entries(metrics).map(([name, value]) => `${name} ${value}`);
  const of = parent === null ? "" : ` on ${parent}`;
  return `${id}${of}: ${[verdict, ...values, description].filter((part) => part !== "").join("; ")}`;
}
