import { workingTimeMs } from "../../core/budget/budget.ts";
import { formatCost, formatCount, formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { modelEffects, modelFigure } from "../../core/views/model-effects.ts";
import { verdictText } from "../picture/node-kind.ts";
import type { RunReport } from "./report.ts";

/** As many digits as git shows of a commit in a large repository. */
const COMMIT_DIGITS = 12;

/** A name and its text, safe to show. */
export type Figure = readonly [name: string, text: string];

/** What the run spent, and what it might have spent. */
export function costFigures({ view }: RunReport): Figure[] {
  const { spent, limits, metrics } = view.head;
  const [first] = metrics;
  const cacheReads = view.nodes.reduce((sum, { usage }) => sum + usage.cacheReadTokens, 0);
  return [
    ["experiments", ofLimit(spent.experiments, limits.experiments, formatCount)],
    ["tokens", ofLimit(spent.tokens, limits.tokens, formatCount)],
    ...(cacheReads === 0 ? [] : [["tokens read from cache", formatCount(cacheReads)] as const]),
    ["cost", ofLimit(spent.costUsd, limits.costUsd, formatCost)],
    ["time at work", ofLimit(workingTimeMs(view.nodes), limits.timeMs, formatDuration)],
    ...modelEffects(view.nodes, first).map((each) => modelFigure(each, first)),
  ];
}

/** How many experiments ended how, the most frequent first. */
export function verdictFigures({ view, state }: RunReport): Figure[] {
  const counts = new Map<string, number>();
  for (const node of view.nodes) {
    if (node.parent === null) continue;
    const verdict = verdictText(node, state.kind === "running");
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b, "en"))
    .map(([verdict, count]) => [verdict, formatCount(count)]);
}

export function originFigures({ view, origin }: RunReport): Figure[] {
  const { startedAt, seed, from, commit, machine } = origin;
  return [
    ["started", `${startedAt.slice(0, 16).replace("T", " ")} UTC`],
    ["agent", printable(view.head.agent, 60)],
    ["started from", from ?? commit?.slice(0, COMMIT_DIGITS) ?? "the workspace as it stood"],
    ["seed", String(seed)],
    ...machine,
  ];
}

/** One sentence: how the run ended, or that it did not. */
export function stateSentence({ state, lost }: RunReport): string {
  return [stateText(state), ...lost.map((sentence) => `${sentence}.`)].join(" ");
}

function stateText(state: RunReport["state"]): string {
  switch (state.kind) {
    case "running":
      return "The run is unfinished: it still runs, and this is what it has so far.";
    case "interrupted":
      return "The run is unfinished: it was interrupted, and this is what it had by then.";
    case "finished":
      return `The run ended: ${printable(state.text)}.`;
  }
}

/** A tag with any other character is not loopty's own, and nothing to paste into a shell. */
const SAFE_TAG = /^[\w./:-]+$/;

/** What to type, and why. */
export function reproductionCommands(champion: ExperimentNode): Figure[] {
  const { id, parent, snapshot } = champion;
  const commands: Figure[] = [[`loopty show ${id}`, "the record as text"]];
  if (snapshot !== null) {
    commands.push([`loopty reproduce ${id}`, "measure it again and compare with the record"]);
    if (SAFE_TAG.test(snapshot.tag)) {
      commands.push([`docker run --rm ${snapshot.tag}`, "build, verify and benchmark it"]);
    }
  }
  if (parent !== null) {
    commands.push([`loopty export ${id} --patch -`, "all its changes against the baseline"]);
    commands.push([`loopty apply ${id}`, "write them into the workspace"]);
  }
  return commands;
}

function ofLimit(
  used: number | null,
  limit: number | null,
  format: (amount: number) => string,
): string {
  const said = used === null ? "unknown" : format(used);
  return limit === null ? said : `${said} of ${format(limit)}`;
}
