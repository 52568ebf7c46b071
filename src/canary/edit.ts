import type { AgentConversation } from "../agent/agent.ts";
import type { AgentSession } from "../agent/session.ts";
import type { WorkspaceFile } from "../core/file.ts";
import { nextChildId } from "../core/tree/id.ts";
import { type ExperimentNode, NO_USAGE } from "../core/tree/node.ts";
import { type Proposal, proposeChange } from "../loop/node/proposal.ts";
import { reserveNode } from "../loop/node/record.ts";
import type { Run } from "../loop/run/run.ts";
import { measuredBaseline } from "../store/baseline-record.ts";
import {
  leave,
  lookRound,
  MARK,
  makeFiles,
  type Report,
  readReport,
  searchContents,
  tryToChange,
} from "./script.ts";

const COMMAND_MS = 120_000;
const TRIED = 30;

/** What an agent without scruples could see and change, and what of it came back. */
export interface EditedByCanary {
  readonly report: Report;
  readonly planted: readonly { readonly what: string; readonly refusal: string | null }[];
}

/** A node made by the steps of any node, but edited by a canary in an agent's container. */
export async function proposeByCanary(
  run: Run,
  root: ExperimentNode,
  edit: (session: AgentSession) => Promise<void>,
  signal: AbortSignal,
): Promise<{ readonly node: ExperimentNode; readonly proposal: Proposal }> {
  const node = await reserveNode(run, nextChildId(root.id, run.records.store.nodes), root.id);
  const conversation: AgentConversation = {
    repairs: 0,
    readsHistory: true,
    edit: async (session) => {
      await edit(session);
      return { kind: "proposed", description: MARK, hypothesis: "", usage: NO_USAGE };
    },
    repair: async ({ reason }) => ({ kind: "abandoned", reason, usage: NO_USAGE }),
    analyse: async () => ({ text: "", usage: NO_USAGE }),
  };
  return { node, proposal: await proposeChange(run, node, root, conversation, null, signal) };
}

/** Searches, changes and plants in two agents' containers: a refusal in one would hide what the other brings out. */
export async function editAsCanary(
  run: Run,
  root: ExperimentNode,
  files: readonly WorkspaceFile[],
  signal: AbortSignal,
): Promise<EditedByCanary> {
  const protectedPaths = run.lab.sandbox.base.tree.flatMap(({ path, kind }) =>
    kind === "file" ? [path] : [],
  );
  const outputs = measuredBaseline(run.records.store.record).buildOutputs;
  let output = "";
  const outward = await proposeByCanary(
    run,
    root,
    async (session) => {
      for (const command of [
        lookRound(run.problem.hidden),
        searchContents(run.problem.hidden),
        tryToChange(protectedPaths.slice(0, TRIED)),
        makeFiles(outputs),
        leave("agent"),
      ]) {
        output += (await session.run(command, COMMAND_MS)).output;
      }
    },
    signal,
  );
  const planted = [plantedIn("build outputs", outward.proposal, files)];

  const folders = run.problem.policy.writableEntries.filter(({ kind }) => kind === "folder");
  const paths = [
    ...folders.map(({ path }) => `./${path}/.git/config`),
    ...run.problem.hidden.map(({ path }) => path),
  ];
  if (paths.length > 0) {
    const make = async (session: AgentSession) => {
      await session.run(makeFiles(paths), COMMAND_MS);
    };
    const inward = await proposeByCanary(run, root, make, signal);
    planted.push(plantedIn("a repository or hidden files", inward.proposal, files));
  }
  return { report: readReport(output), planted };
}

function plantedIn(what: string, proposal: Proposal, files: readonly WorkspaceFile[]) {
  if (proposal.kind === "none") {
    const { verdict, reason } = proposal;
    return { what, refusal: verdict === "empty" ? "nothing of it came back" : reason };
  }
  const known = new Map(files.map(({ path, content }) => [path, content]));
  const brought = proposal.files.filter(({ path, content }) => !known.get(path)?.equals(content));
  return brought.length === 0
    ? { what, refusal: "nothing of it came back" }
    : { what: `${what} (${brought.map(({ path }) => path).join(", ")})`, refusal: null };
}
