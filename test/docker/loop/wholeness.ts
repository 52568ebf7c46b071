import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { type ExperimentNode, snapshotLayers } from "../../../src/core/tree/node.ts";
import { LABEL } from "../../../src/sandbox/container/label.ts";
import { layersOf } from "../../../src/sandbox/image/image.ts";
import type { StoredRun } from "../../../src/store/stored-run.ts";
import type { StrictServer } from "../../anthropic/server.ts";
import type { TestProject } from "../project.ts";
import { paymentProblems } from "./payment.ts";

/** A project whose runs were killed. */
export interface KilledProject extends Pick<TestProject, "project" | "directory"> {
  readonly server: StrictServer;
  readonly git: (...args: readonly string[]) => string;
  /** What each run's budget has. */
  readonly experiments: number;
  /** By the names of their machines. */
  readonly engines: ReadonlyMap<string, Docker>;
}

/** What is wrong with a run that ended, in sentences; nothing where all is whole and nothing is left over on these machines. */
export async function problemsAtEnd(
  project: KilledProject,
  number: number,
  kills: number,
  machines: readonly string[] = [...project.engines.keys()],
): Promise<string[]> {
  const run = await project.project.openRun(number);
  const parts = await Promise.all([
    treeProblems(run, project.experiments),
    ...run.nodes.map((node) => nodeProblems(project, run, node)),
    eventProblems(project, run),
    paymentProblems(project.server, run, kills),
    branchProblems(project),
    ...machines.map((machine) => leftoverProblems(project, machine)),
  ]);
  return parts.flat();
}

/** What a kill took from a run that it must not: the index is valid, and what had finished is as it was. */
export async function problemsAfterKill(
  project: KilledProject,
  number: number,
  before: readonly ExperimentNode[],
): Promise<string[]> {
  const { nodes } = await project.project.openRun(number);
  return before
    .filter(({ phase }) => phase === "finished")
    .flatMap((old) => {
      const now = nodes.find(({ id }) => id === old.id);
      if (now?.phase !== "finished") return `${old.id} had finished and is lost`;
      return now.commit === old.commit ? [] : `${old.id} has other files than when it finished`;
    });
}

async function treeProblems({ nodes }: StoredRun, budget: number): Promise<string[]> {
  const experiments = nodes.filter(
    ({ parent, verdict }) => parent !== null && verdict !== "interrupted",
  );
  return [
    ...nodes.filter(({ ordinal }, i) => ordinal !== i).map(({ id }) => `${id} is out of order`),
    ...nodes.filter(({ phase }) => phase !== "finished").map(({ id }) => `${id} never finished`),
    ...(experiments.length === budget
      ? []
      : [`${experiments.length} experiments counted, and the budget is ${budget}`]),
  ];
}

async function nodeProblems(
  { engines, project }: KilledProject,
  { record, readNodeFile }: StoredRun,
  { id, commit, diff, snapshot, verdict, comparison, metrics, machine }: ExperimentNode,
): Promise<string[]> {
  if (commit === null) return snapshot === null ? [] : [`${id} has an image and no commit`];
  const problems: string[] = [];
  if (verdict === "interrupted") problems.push(`${id} was thrown away after it was recorded`);
  const patch = await readNodeFile(id, "diff.patch");
  const digest = patch && createHash("sha256").update(patch).digest("hex");
  if (digest !== diff?.sha256) problems.push(`${id} has another diff.patch than its index says`);
  const image = await engines
    .get(machine)
    ?.getImage(snapshot?.tag ?? "")
    .inspect();
  if (image === undefined) return [...problems, `${id} was measured on ${machine}`];
  const layers = snapshot && snapshotLayers(record.base?.layers ?? [], snapshot);
  if (layersOf(image).join() !== layers?.join()) problems.push(`${id} has other layers`);
  if (image.Config.Labels[LABEL.project] !== project.projectId) problems.push(`${id} is foreign`);
  if (comparison !== null && Object.keys(metrics).join() !== "cost") {
    problems.push(`${id} was compared and has no metrics`);
  }
  return problems;
}

async function eventProblems({ directory }: KilledProject, run: StoredRun): Promise<string[]> {
  const path = join(directory, ".loopty/runs", String(run.record.run), "events.jsonl");
  const lines = (await readFile(path, "utf8")).split("\n").length - 1;
  const { entries, lostLines } = await run.events();
  const known = entries.length;
  return lines === known && lostLines === 0 ? [] : [`of ${lines} events ${known} can be read`];
}

/** Branches of both repositories are those of the nodes that have files, and nothing else is in the user's. */
async function branchProblems({ project, git }: KilledProject): Promise<string[]> {
  const nodes = (await allRuns(project)).flatMap((run) => run.nodes);
  const expected = nodes
    .flatMap(({ id, commit }) => (commit === null ? [] : `loopty-${id} ${commit}`))
    .sort();
  const inCode = execFileSync(
    "git",
    ["-C", project.codeFolder, "for-each-ref", "--format=%(refname:short) %(objectname)"],
    { encoding: "utf8" },
  );
  const format = "--format=%(refname:short) %(trailers:key=Loopty-Commit,valueonly)";
  const inUsers = git("for-each-ref", format, "refs/heads/loopty-*");
  const pending = git("for-each-ref", "refs/loopty");
  return [
    ...differences("code.git", expected, inCode),
    ...differences("the user's repository", expected, inUsers),
    ...(pending === "" ? [] : [`the user's repository keeps ${pending}`]),
    ...(git("status", "--porcelain") === "" ? [] : ["the user's files changed"]),
  ];
}

function differences(where: string, expected: readonly string[], listing: string): string[] {
  const lines = listing.split("\n").filter((line) => line.trim() !== "");
  return [
    ...lines.filter((line) => !expected.includes(line)).map((line) => `${where} has ${line}`),
    ...expected.filter((line) => !lines.includes(line)).map((line) => `${where} lacks ${line}`),
  ];
}

/** What is on a machine: a container, a volume, or an image that the index does not know. */
export async function leftoverProblems(
  { engines, project }: Pick<KilledProject, "engines" | "project">,
  machine: string,
): Promise<string[]> {
  const docker = engines.get(machine);
  if (docker === undefined) throw new Error(`no engine of ${machine}`);
  const filters = { label: [`${LABEL.project}=${project.projectId}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  const runs = await allRuns(project);
  const tags = runs.flatMap(({ record, nodes }) => [
    record.base?.tag,
    ...nodes.flatMap(({ snapshot }) => (snapshot ? [snapshot.tag, `${snapshot.tag}-built`] : [])),
  ]);
  const images = await docker.listImages({ filters });
  return [
    ...containers.map(({ Names }) => `the container ${Names} is left on ${machine}`),
    ...(volumes ?? []).map(({ Name }) => `the volume ${Name} is left on ${machine}`),
    ...images
      .flatMap(({ Id, RepoTags }) =>
        (RepoTags ?? []).map((tag) => (tag.startsWith("<") ? Id : tag)),
      )
      .filter((tag) => !tags.includes(tag))
      .map((tag) => `the image ${tag} is left on ${machine}`),
  ];
}

async function allRuns(project: KilledProject["project"]): Promise<StoredRun[]> {
  return Promise.all((await project.runs()).map((number) => project.openRun(number)));
}
