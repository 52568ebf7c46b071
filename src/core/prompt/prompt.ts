import { depthOfPath } from "../access/path.ts";
import { comparePaths } from "../file.ts";
import type { Preference } from "../search/preference.ts";
import { formatCounted } from "../text/number.ts";
import type { Idea } from "../tree/lesson.ts";
import type { ExperimentNode } from "../tree/node.ts";
import type { Note } from "../tree/steering.ts";
import { bytesOf } from "./cut-text.ts";
import {
  ideasSection,
  type LineageTask,
  lineageSection,
  notesSection,
  parentDiffSection,
  siblingsSection,
} from "./lineage.ts";
import { gainSinceRootText } from "./node-entry.ts";
import {
  type Criteria,
  digestSection,
  type EarlierRun,
  earlierRunsSection,
} from "./other-experiments.ts";
import { chooseFiles, filesSection, isWorthShowing, type ParentFile } from "./parent-files.ts";
import {
  blockBody,
  dataBlock,
  dataLine,
  fitSections,
  fixedBody,
  joinSections,
  listBody,
  type Section,
} from "./section.ts";
import { ROLE, type SystemTask, systemSections } from "./system.ts";

export interface ContextTask extends LineageTask, SystemTask, Omit<Criteria, "access"> {
  readonly preference: Preference;
  /** The writable files of the parent, in any order. */
  readonly parentFiles: readonly ParentFile[];
  /** The workspace as the run began. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  /** What people said for this lineage, in the order given. */
  readonly notes: readonly Note[];
  /** The one that people want this experiment to try; `null` where they name none. */
  readonly idea: Pick<Idea<ExperimentNode>, "name" | "text"> | null;
  /** Shown only with the context `all`. */
  readonly earlierRuns: readonly EarlierRun[];
  readonly options: {
    readonly context: "lineage" | "all";
    /** Bytes of UTF-8 for the three texts together, the files left out; at least `LEAST_CONTEXT_BYTES`. */
    readonly byteBudget: number;
    /** Bytes for whole files besides these. */
    readonly fileBytes: number;
  };
}

/** What a model reads before it starts. The steadiest part comes first, so that each part ends a prefix worth caching. */
export interface ContextText {
  /** The same text for the whole run. */
  readonly system: string;
  /** The same text for the whole run: what the project is, in the user's words. */
  readonly shared: string;
  /** The text of this node alone. */
  readonly task: string;
}

/** About 12,000 tokens of English and code. */
export const DEFAULT_CONTEXT_BYTES = 48 * 1024;
export const LEAST_CONTEXT_BYTES = 16 * 1024;

/** The part that the whole run shares may take two thirds: a statement matters more than the last details of a lineage. */
const HEAD_SHARE = 2 / 3;

/**
 * The prompt for the next child of a node. The same tree makes the same bytes, whatever the order of nodes and keys.
 * The first two texts depend on the run alone. The prompt is never longer than the budget and its files, however large the tree. What
 * is shortened or left out says so, no word is cut, and every child of the parent stays named. Text of agents and
 * containers is escaped and cannot pass for a part of the prompt. At 1,000 nodes it takes a few milliseconds.
 *
 * Throws `RangeError` for a budget below the least.
 */
export function contextText(task: ContextTask): ContextText {
  const { byteBudget } = task.options;
  if (!(byteBudget >= LEAST_CONTEXT_BYTES)) {
    throw new RangeError(`a prompt of ${byteBudget} bytes is less than ${LEAST_CONTEXT_BYTES}`);
  }
  const headBytes = Math.floor(HEAD_SHARE * byteBudget) - bytesOf(`${ROLE}\n\n`);
  const head = fitSections([...systemSections(task), ...sharedSections(task)], headBytes);
  const systemTags = [
    "experiment_rules",
    "tool_use",
    "access_policy",
    "metric_definitions",
  ] as const;
  const system = `${ROLE}\n\n${joinSections(head, systemTags)}`;
  const shared = joinSections(head, ["problem_statement", "project_commands", "workspace_files"]);

  const files = chooseFiles(task);
  const isDiffWorthIt = isWorthShowing(task.parentDiff, files);
  const told = isDiffWorthIt ? task : { ...task, parentDiff: "" };
  const own = fitSections(taskSections(told), byteBudget - bytesOf(system) - bytesOf(shared));
  const whole = filesSection(files);
  const texts = new Map([...own, ...(whole === null ? [] : fitSections([whole], Infinity))]);
  return {
    system,
    shared,
    task: joinSections(texts, [
      "you_are",
      "writable_files",
      "lineage_to_parent",
      "parent_diff",
      "already_tried_here",
      "open_ideas",
      "other_experiments",
      "earlier_runs",
      "user_notes",
      "your_task",
    ]),
  };
}

/** The sections in order of priority. */
function sharedSections({ statement, commands, files, policy }: ContextTask): Section[] {
  const commandText = (["build", "verify", "benchmark"] as const)
    .map((name) => `${name}: ${dataBlock(commands[name] ?? "none").trim()}`.replace(/\n/g, "\n  "))
    .join("\n");
  const visible = files
    .map(({ path, bytes }) => ({ path, bytes, access: policy.accessOf(path) }))
    .filter(({ access }) => access !== "hidden")
    .toSorted((a, b) => comparePaths(a.path, b.path))
    .map(({ path, bytes, access }) => ({
      access,
      depth: depthOfPath(path),
      levels: [
        `${access === "writable" ? "rw" : "ro"} ${dataLine(path)}, ${formatCounted(bytes, "byte")}`,
      ] as const,
    }));
  return [
    {
      tag: "problem_statement",
      share: 0.6,
      body: blockBody("In the words of the user:", dataBlock(statement).trim()),
    },
    {
      tag: "project_commands",
      share: 0.1,
      body: blockBody("Each is run in /workspace as sh -c.", commandText),
    },
    {
      tag: "workspace_files",
      share: 0.3,
      body: listBody({
        intro: "When the run began; rw may be changed, ro may be read.",
        entries: visible,
        byImportance: visible.toSorted(
          (a, b) =>
            Number(b.access === "writable") - Number(a.access === "writable") || a.depth - b.depth,
        ),
        leftOut: (rest) =>
          rest.length === 0 ? "" : `+${formatCounted(rest.length, "more file")}, not shown`,
      }),
    },
  ];
}

function ideaText(idea: ContextTask["idea"]): string {
  if (idea === null) return "";
  return `The user wants this idea tried now, by you: ${idea.name}, ${dataLine(idea.text)}\n`;
}

/** The sections in order of priority. */
function taskSections(task: ContextTask): Section[] {
  const { childId, parent, nodes, metrics, preference, earlierRuns, options } = task;
  const first = metrics[0] === undefined ? "the first metric" : dataLine(metrics[0].name);
  const gain = gainSinceRootText(parent, metrics[0]);
  const gained = gain === "" ? "" : ` Since the baseline its lineage came to${gain.slice(1)}.`;
  const all = options.context === "all";
  const sections: (Section | null)[] = [
    {
      tag: "you_are",
      share: 1,
      body: fixedBody(
        `Experiment ${childId}, on top of ${parent.id}: /workspace holds the files of ${parent.id}.${gained}`,
      ),
    },
    {
      tag: "your_task",
      share: 1,
      body: fixedBody(
        ideaText(task.idea) +
          `Make ONE change that <already_tried_here> does not list. Say first what limits ${first} now.`,
      ),
    },
    notesSection(task.notes),
    siblingsSection(task),
    ideasSection(task),
    lineageSection(task),
    parentDiffSection(task),
    all ? digestSection(nodes, parent, childId, metrics, preference) : null,
    all ? earlierRunsSection(earlierRuns, { ...task, access: task.policy.describe() }) : null,
  ];
  return sections.filter((section) => section !== null);
}
