import { z } from "zod";
import { unseenText } from "../core/judging/doubt.ts";
import { parseJson } from "../core/text/json.ts";
import { formatCounted } from "../core/text/number.ts";
import { printableBlock } from "../core/text/printable.ts";
import { comparisonSchema } from "../core/tree/node.ts";
import { gainTexts } from "../core/views/gain-range.ts";
import { metricsOf } from "../store/baseline-record.ts";
import type { Job } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import type { Desk } from "./desk.ts";
import type { Reply } from "./reply.ts";
import { toldDiagnosis } from "./told-doctor.ts";
import { jobText } from "./under-way.ts";

/** Its end says why it failed. */
const MOST_ERROR_LINES = 4;

/** A job as an agent may know it, with its result once there is one. */
export async function jobReply(
  desk: Pick<Desk, "hides" | "find">,
  project: Project,
  job: Job,
): Promise<Reply> {
  const { number, work, state } = job;
  const json = { job: number, work, state };
  if (state.kind !== "ended") return { text: jobText(job), json };
  const { stdout, stderr } = await project.jobs.output(number);
  const isOpen = !(await desk.hides());
  const result = toldResult(job, parseJson(stdout) ?? null, isOpen);
  // A diagnosis with failures is a result.
  const error = state.exit === 0 || result !== null ? null : failureText(stderr, isOpen, number);
  const told = result === null ? [] : await resultLines(desk, result);
  const shown = [...told, ...(error ?? [])];
  return { text: [jobText(job), ...shown].join("\n"), json: { ...json, result, error } };
}

const comparedSchema = z.object({
  from: z.string(),
  to: z.string(),
  comparison: comparisonSchema,
  unseen: z.array(
    z.object({
      metric: z.string(),
      claimedMs: z.number(),
      wallMs: z.number(),
      cpuMs: z.number().nullable(),
    }),
  ),
});

/** A comparison in the words of every other verdict: its plain numbers are easily taken for percentages. */
async function resultLines(desk: Pick<Desk, "find">, result: unknown): Promise<string[]> {
  const compared = comparedSchema.safeParse(result);
  if (!compared.success) return [JSON.stringify(result)];
  const { from, to, comparison, unseen } = compared.data;
  const { run } = await desk.find(to);
  return [
    `${to} against ${from}, ${formatCounted(comparison.pairs, "fresh pair")}:`,
    ...gainTexts(comparison, metricsOf(run.record)).map((text) => `  ${text}`),
    ...unseen.map((claim) => `  suspicious, as ${unseenText(claim)}`),
  ];
}

/** A tree is told by the tree itself. */
function toldResult({ work }: Job, printed: unknown, isOpen: boolean): unknown {
  switch (work.kind) {
    case "run":
    case "try":
      return null;
    case "compare":
      return printed;
    case "reproduce":
      return isOpen ? printed : null;
    case "doctor":
      return isOpen ? printed : toldDiagnosis(printed);
  }
}

/** What failed may have said what is hidden. */
function failureText(stderr: string, isOpen: boolean, number: number): string[] {
  if (!isOpen) return [`a person can read why: .loopty/jobs/${number}/stderr`];
  return printableBlock(stderr.trimEnd()).split("\n").slice(-MOST_ERROR_LINES);
}
