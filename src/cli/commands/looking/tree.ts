import { UserError } from "../../../core/error.ts";
import { bestNodes, championOf } from "../../../core/search/selection.ts";
import { tableLines } from "../../../core/text/columns.ts";
import { nearestName } from "../../../core/text/nearest.ts";
import { formatCount } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import type { NodeId } from "../../../core/tree/id.ts";
import { ideaName, openIdeas } from "../../../core/tree/lesson.ts";
import type { ExperimentNode } from "../../../core/tree/node.ts";
import { verdictSchema } from "../../../core/tree/verdict.ts";
import { modelEffects, modelFigure } from "../../../core/views/model-effects.ts";
import { verdictWord } from "../../../core/views/node.ts";
import { foldedTree, WHOLE_TREE } from "../../../core/views/shown-tree.ts";
import { treeLines } from "../../../core/views/tree.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { resultsElsewhere } from "../../../store/machine-record.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import type { StoredRun } from "../../../store/stored-run.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { lastRun, type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines, printStyled } from "../../terminal/output.ts";
import { resultLines } from "../../terminal/result-text.ts";
import type { World } from "../../world.ts";

export interface TreeOptions extends ProjectOptions {
  /** The last run when left out. */
  readonly run?: number | undefined;
  /** Only the lineages of so many best nodes; `true` is one. */
  readonly best?: number | true | undefined;
  /** Levels below the baseline. */
  readonly depth?: number;
  /** Only nodes with one of these verdicts, split by commas, with their lineages. */
  readonly verdict?: string | undefined;
  /** Folds nothing. */
  readonly all?: boolean | undefined;
  /** The ideas of agents that nobody took, instead of the tree. */
  readonly ideas?: boolean | undefined;
  readonly json?: boolean;
}

const WORDS: readonly string[] = [...verdictSchema.options, "baseline", "running"];

/** Draws a run's tree. */
export async function tree(world: World, options: TreeOptions): Promise<ExitCode> {
  const words = options.verdict === undefined ? null : verdictWords(options.verdict);
  const project = await requireProject(world, options);
  const number = options.run ?? (await lastRun(project));
  const stored = await project.openRun(number);
  const { nodes, record } = stored;
  const steering = await stored.steering.current();
  const metrics = metricsOf(record);
  const champion = championOf(nodes, preferenceOfRun(record))?.id ?? null;
  const { result } = record;
  if (options.ideas) {
    const pinned = new Set(steering.ideas.map(ideaName));
    const ideas = openIdeas(nodes)
      .map(({ name, text }) => ({ name, text, pinned: pinned.has(name) }))
      .sort((a, b) => Number(b.pinned) - Number(a.pinned));
    if (options.json) printJson(world.stdout, { run: number, ideas });
    else printLines(world.stdout, ideaLines(ideas));
    return EXIT.done;
  }
  if (options.json) {
    printJson(world.stdout, {
      run: number,
      champion,
      result,
      metrics,
      nodes,
      steering: { marks: Object.fromEntries(steering.marks), notes: steering.notes },
    });
    return EXIT.done;
  }
  if (nodes.length === 0) world.stderr.write(`run ${number} has no nodes yet\n`);
  const only = chosenNodes(stored, options, words);
  const isWhole = only !== null || options.all === true;
  const folded = isWhole ? WHOLE_TREE : foldedTree(champion, steering);
  const view = { ...folded, depth: options.depth ?? null, only };
  const { width } = world.stdout;
  printStyled(world, treeLines(nodes, { metrics, champion, steering, view, width }));
  if (only !== null) {
    const count = `${formatCount(only.size)} of ${formatCount(nodes.length)}`;
    world.stderr.write(`${count} nodes, with their lineages\n`);
  }
  const brought = modelEffects(nodes, metrics[0]).map((each) => modelFigure(each, metrics[0]));
  if (brought.length > 0) {
    printLines(world.stdout, ["", ...tableLines(brought).map((line) => line.trimEnd())]);
  }
  if (result !== null) {
    const lines = resultLines(result, metrics, resultsElsewhere(stored.record));
    printLines(world.stdout, ["", ...lines]);
  }
  return EXIT.done;
}

interface ShownIdea {
  readonly name: string;
  readonly text: string;
  readonly pinned: boolean;
}

/** Those that come next are first. */
function ideaLines(ideas: readonly ShownIdea[]): string[] {
  if (ideas.length === 0) return ["no agent left an idea that nobody took"];
  return tableLines(
    ideas.map(({ name, text, pinned }) => [name, `${pinned ? "[pinned] " : ""}${printable(text)}`]),
  ).map((line) => line.trimEnd());
}

/** Returns `null` for every node. */
function chosenNodes(
  { nodes, record }: StoredRun,
  { best }: TreeOptions,
  words: ReadonlySet<string> | null,
): Set<NodeId> | null {
  if (best === undefined && words === null) return null;
  const matches = (node: ExperimentNode) => words === null || words.has(verdictWord(node));
  const ranked = best === undefined ? nodes : bestNodes(nodes, preferenceOfRun(record));
  const count = best === true ? 1 : (best ?? nodes.length);
  return new Set(
    ranked
      .filter(matches)
      .slice(0, count)
      .map(({ id }) => id),
  );
}

function verdictWords(text: string): ReadonlySet<string> {
  const words = text.split(",").map((word) => word.trim());
  const unknown = words.find((word) => !WORDS.includes(word));
  if (unknown === undefined) return new Set(words);
  const nearest = nearestName(unknown, WORDS);
  throw new UserError(`there is no verdict "${printable(unknown)}"`, {
    hint: nearest === null ? `there are ${WORDS.join(", ")}` : `did you mean "${nearest}"?`,
  });
}
