import { entriesIn } from "../../../src/agent/conversation/recording/recording.ts";
import type { StoredRun } from "../../../src/store/stored-run.ts";
import { freshTokens } from "../../anthropic/cache.ts";
import type { StrictServer } from "../../anthropic/server.ts";

/** Where what a run counts is not what the model's server billed. A kill may come between the counting and the sending. */
export async function paymentProblems(
  { requests }: Pick<StrictServer, "requests">,
  run: StoredRun,
  kills: number,
): Promise<string[]> {
  const sent = requests.map(({ body, billed }) => ({ text: JSON.stringify(body), billed }));
  const problems = sent
    .map(({ text }) => text)
    .filter((text, i, all) => all.indexOf(text) !== i)
    .map((text) => `asked twice, and paid twice: ${text.slice(-200)}`);

  let ofRun = 0;
  for (const { id, parent, usage } of run.nodes) {
    const own = sent.filter(({ text }) => text.includes(`Experiment ${id}, on top of ${parent}`));
    ofRun += own.length;
    const billed = own.reduce((sum, request) => sum + freshTokens(request.billed), 0);
    const transcript = await run.readNodeFile(id, "transcript.jsonl");
    const { entries } = entriesIn(transcript?.toString() ?? "");
    const asked = entries.filter(({ type }) => type === "request").length;
    const answered = entries.filter(({ type }) => type === "response").length;
    if (usage.tokens < billed || (asked === answered && usage.tokens !== billed)) {
      problems.push(`${id} counts ${usage.tokens} tokens, and ${billed} were billed`);
    }
  }
  const paced = run.record.pace?.sentAtMs.length ?? 0;
  if (paced < ofRun || paced > ofRun + kills) {
    problems.push(`${paced} requests count for the rate, and ${ofRun} were sent`);
  }
  return problems;
}
