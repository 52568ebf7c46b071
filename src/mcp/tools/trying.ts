import { z } from "zod";
import { UserError } from "../../core/error.ts";
import { digestLine } from "../../core/prompt/node-entry.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { MAX_HYPOTHESIS_LENGTH, MAX_WHY_LENGTH } from "../../core/tree/steering.ts";
import { handIn, type Receipt, type SubmittedChange } from "../../loop/handing-in.ts";
import { metricsOf } from "../../store/baseline-record.ts";
import type { StoredRun } from "../../store/stored-run.ts";
import { endOfEvents, formatCursor } from "../cursor.ts";
import { type Desk, type OpenCounter, requireProject } from "../desk.ts";
import { Queue } from "../queue.ts";
import type { Reply } from "../reply.ts";
import type { Tender } from "../tender.ts";
import { nodeInput } from "./looking.ts";
import { type AddTool, tool } from "./tool.ts";

const MOST_PATCH_CHARACTERS = 4 * 1024 ** 2;
const MOST_FILES = 1000;
const MOST_SIBLINGS = 8;
/** Each takes some processes of git. */
const AT_ONCE = 4;
const MOST_WAIT_MS = 30_000;

const fileInput = z.strictObject({
  path: z.string().max(4096).describe("from the root of the workspace"),
  content: z
    .string()
    .max(MOST_PATCH_CHARACTERS)
    .nullable()
    .describe("the whole file as it shall be; null deletes it"),
  encoding: z.enum(["utf8", "base64"]).optional().describe("of content; utf8 when left out"),
});

const tryInput = z.strictObject({
  from: nodeInput.describe("the node to change: an id such as 1.3, or champion, or root"),
  why: z
    .string()
    .trim()
    .min(1)
    .max(MAX_WHY_LENGTH)
    .describe("what it changes, in one sentence: it names the node in the tree"),
  hypothesis: z
    .string()
    .max(MAX_HYPOTHESIS_LENGTH)
    .optional()
    .describe("what limits the first metric now, and why this change should help"),
  patch: z
    .string()
    .min(1)
    .max(MOST_PATCH_CHARACTERS)
    .optional()
    .describe("a unified diff against the files of the node, paths from the workspace's root"),
  files: z
    .array(fileInput)
    .min(1)
    .max(MOST_FILES)
    .optional()
    .describe("instead of patch: whole files; those not named stay as the node has them"),
  working_tree: z
    .literal(true)
    .optional()
    .describe("instead of patch: the writable files as they stand in the user's workspace"),
});

/** Handing changes in. */
export function tryingTools(desk: Desk, tender: Tender): AddTool[] {
  const queue = new Queue(AT_ONCE, MOST_WAIT_MS);
  return [
    tool({
      name: "try",
      title: "Try a change",
      description:
        "Hands a change in as an experiment: it is built, verified and benchmarked against its parent in fresh containers, by whoever works on the project or by a process started for it. Answers at once with the change's number and a cursor for wait; what the policy forbids and what was tried already is refused at once. One idea a change. Hand in several from several nodes before you wait.",
      input: tryInput,
      reach: "adds",
      call: (input) => queue.run(() => tryChange(desk, tender, input)),
    }),
  ];
}

async function tryChange(
  desk: Desk,
  tender: Tender,
  input: z.infer<typeof tryInput>,
): Promise<Reply> {
  const project = await requireProject(desk);
  const { run, node: parent } = await desk.find(input.from);
  const last = (await project.runs()).at(-1);
  if (run.record.run !== last) {
    throw new UserError(`${parent.id} is of an earlier run`, {
      hint: `only the last run grows: run ${last}; run_start { from: "${parent.id}" } makes a new one of it`,
    });
  }
  const cursor = formatCursor(await endOfEvents(project, run.record.run));
  const counter = await desk.counter(run);
  const receipt = await handIn(counter, {
    parent,
    change: submitted(input, counter),
    description: input.why,
    hypothesis: input.hypothesis ?? "",
  });
  const siblings = siblingLines(run, parent);
  if (receipt.kind === "refused") return refusal(receipt, run, siblings);
  await tender.tend(project, await project.openRun(run.record.run));
  const { number, before } = receipt;
  const first = before === 0 ? "" : `, after ${before} that wait`;
  return {
    text: [
      `change ${number} is handed in on top of ${parent.id}${first}`,
      `its verdict: wait { "since": "${cursor}", "changes": [${number}] }; hand more in meanwhile`,
      ...siblings,
    ].join("\n"),
    json: { outcome: "handed_in", change: number, from: parent.id, cursor, waiting_before: before },
  };
}

function submitted(
  { patch, files, working_tree }: z.infer<typeof tryInput>,
  counter: OpenCounter,
): SubmittedChange {
  const given = [patch, files, working_tree].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new UserError("say what the change is: one of patch, files and working_tree");
  }
  if (patch !== undefined) return { kind: "patch", patch: Buffer.from(patch) };
  if (files === undefined) return { kind: "state", files: counter.workspaceFiles() };
  return {
    kind: "files",
    files: files.map(({ path, content, encoding = "utf8" }) => ({
      path,
      content: content === null ? null : Buffer.from(content, encoding),
    })),
  };
}

/** A refusal is an answer: nothing was built, and the tree is as it was. */
function refusal(
  { verdict, reason, same }: Extract<Receipt, { kind: "refused" }>,
  run: StoredRun,
  siblings: readonly string[],
): Reply {
  const metrics = metricsOf(run.record);
  return {
    text: [
      `not tried: ${verdict}: ${reason}`,
      ...(same === null ? [] : [`what came of it: ${digestLine(same, metrics)}`]),
      ...siblings,
    ].join("\n"),
    json: { outcome: "refused", verdict, reason, same: same?.id ?? null },
  };
}

/** What was tried from the same node, the last first. */
function siblingLines({ nodes, record }: StoredRun, parent: ExperimentNode): string[] {
  const siblings = nodes.filter((node) => node.parent === parent.id).reverse();
  if (siblings.length === 0) return [`nothing was tried from ${parent.id} before`];
  const metrics = metricsOf(record);
  const more = siblings.length - MOST_SIBLINGS;
  return [
    `tried from ${parent.id} so far:`,
    ...siblings.slice(0, MOST_SIBLINGS).map((node) => `  ${digestLine(node, metrics)}`),
    ...(more > 0 ? [`  … and ${more} more: tree, show`] : []),
  ];
}
