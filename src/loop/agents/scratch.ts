import { z } from "zod";
import { parseJson } from "../../core/text/json.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { NoteFile } from "../../sandbox/sandbox.ts";
import { type AgentlessRun, emit } from "../run/run.ts";

const keptSchema = z.array(z.strictObject({ path: z.string(), base64: z.string() }));

/** What an agent finds in its scratch folder: what it left itself before a repair, else what its parent's agent left. */
export async function scratchFor(
  { records: { store } }: AgentlessRun,
  node: ExperimentNode,
  parent: ExperimentNode,
): Promise<NoteFile[]> {
  const kept =
    (await store.readNodeFile(node.id, "scratch.json")) ??
    (await store.readNodeFile(parent.id, "scratch.json"));
  const files = keptSchema.safeParse(parseJson(kept?.toString("utf8") ?? "[]"));
  if (!files.success) return [];
  return files.data.map(({ path, base64 }) => ({ path, content: Buffer.from(base64, "base64") }));
}

/** Keeps what an agent left there. Too much of it is not kept at all, and its children get what it got itself. */
export async function keepScratch(
  run: AgentlessRun,
  node: ExperimentNode,
  parent: ExperimentNode,
  left: readonly NoteFile[] | null,
): Promise<void> {
  const files = left ?? (await scratchFor(run, node, parent));
  if (left === null) {
    const message = "the agent's notes are too large and were not kept";
    await emit(run, { type: "warning", id: node.id, message });
  }
  const kept = files.map(({ path, content }) => ({ path, base64: content.toString("base64") }));
  await run.records.store.writeNodeFile(node.id, "scratch.json", `${JSON.stringify(kept)}\n`);
}
