import { UserError } from "../../../core/error.ts";
import { bestNodes } from "../../../core/search/selection.ts";
import { formatCounted } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import { lineageOf } from "../../../core/tree/id.ts";
import {
  type LabelledImage,
  listImages,
  removeImages,
} from "../../../sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../../sandbox/clean-up/leftover.ts";
import { type Engine, engineFailure } from "../../../sandbox/engine/engine.ts";
import type { Project } from "../../../store/project.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { type EngineResource, listResources } from "../../project/engine-resource.ts";
import { engineAt, homeEngine, machinesOf } from "../../project/engines.ts";
import { ownerLives } from "../../project/run-request.ts";
import { type ProjectOptions, requireProject } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface CleanOptions extends ProjectOptions {
  /** How many best nodes of every run keep their images, with those of their lineage. */
  readonly keepBest?: number;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * Removes what this project has in the engines of its machines: images, and containers and volumes that nobody uses any more.
 * Records stay. Images can be made again from them, as long as the base comes out as it was. The exit code tells of a machine that
 * does not answer.
 */
export async function clean(world: World, options: CleanOptions): Promise<ExitCode> {
  const { keepBest = 0, dryRun = false } = options;
  const project = await requireProject(world, options);
  const config = await machinesOf(world, options);
  const home = await homeEngine(world, config);
  // A run at work would lose its images.
  await using _lock = dryRun ? null : await project.lock();
  const keeps = await keeping(project, keepBest);
  const request = {
    projectId: project.projectId,
    dryRun,
    keeps,
    lives: ownerLives(world.processes),
  };
  const all = [await cleanEngine(home, request)];
  const silent: string[] = [];
  for (const machine of config.machines.slice(1)) {
    // What was on a node went with its job, or stands in the engine that its owner keeps there.
    if (machine.kind !== "engine") continue;
    try {
      const cleaned = await cleanEngine(await engineAt(world, machine), request);
      all.push(inWords(cleaned, (text) => `${text} on ${machine.name}`));
    } catch (error) {
      const failure = engineFailure(error);
      if (failure === null) throw error;
      silent.push(`${machine.name} does not answer: ${failure.message}`);
    }
  }
  const [removed, kept, stays] = [
    all.flatMap((cleaned) => cleaned.removed),
    all.flatMap((cleaned) => cleaned.kept),
    all.flatMap((cleaned) => cleaned.stays),
  ];
  if (all.some(({ losesBase }) => losesBase)) {
    const note =
      "a base is made again only while the files that agents may not change stay as they are";
    printLines(world.stderr, [`note: ${note}; --keep-best keeps it`]);
  }
  if (options.json) printJson(world.stdout, { dryRun, removed, kept, inUse: stays, silent });
  else {
    const verb = dryRun ? "would remove" : "removed";
    printLines(world.stdout, [
      ...removed.map((name) => `${verb} ${printable(name)}`),
      ...stays.map((text) => `left ${printable(text)}`),
      `${verb} ${formatCounted(removed.length, "item")}, kept ${formatCounted(kept.length, "image")}`,
    ]);
  }
  if (silent.length === 0) return EXIT.done;
  printLines(
    world.stderr,
    silent.map((text) => `${printable(text)}; what is there stays until the next \`loopty clean\``),
  );
  return EXIT.engineFailed;
}

interface CleanRequest {
  readonly projectId: string;
  readonly dryRun: boolean;
  readonly keeps: (image: LabelledImage) => boolean;
  readonly lives: (owner: string) => boolean;
}

/** What became of the things of one engine, in words. */
interface Cleaned {
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  readonly stays: readonly string[];
  readonly losesBase: boolean;
}

async function cleanEngine(
  engine: Engine,
  { projectId, dryRun, keeps, lives }: CleanRequest,
): Promise<Cleaned> {
  const resources = await listResources(engine, projectId);
  const [used, left] = divide(resources, ({ owner }) => lives(owner));
  const [kept, images] = divide(await listImages(engine, projectId), keeps);
  if (!dryRun) await removeLeftovers(engine, projectId, (owner) => !lives(owner));
  const inUse = dryRun ? [] : (await removeImages(engine, images)).inUse;
  const names = [...left.map(nameOf), ...images.flatMap(imageNames)];
  return {
    removed: names.filter((name) => !inUse.includes(name.slice(name.indexOf(" ") + 1))),
    kept: kept.flatMap(imageNames),
    stays: [
      ...used.map(
        (resource) => `${nameOf(resource)}: process ${resource.owner.split(":")[0]} uses it`,
      ),
      ...inUse.map((reference) => `image ${reference}: a container uses it`),
    ],
    losesBase: images.some(({ kind }) => kind === "base"),
  };
}

function inWords(cleaned: Cleaned, word: (text: string) => string): Cleaned {
  const { removed, kept, stays } = cleaned;
  return { ...cleaned, removed: removed.map(word), kept: kept.map(word), stays: stays.map(word) };
}

/** Decides which images stay. */
async function keeping(project: Project, best: number): Promise<(image: LabelledImage) => boolean> {
  if (!Number.isInteger(best) || best < 0) throw new UserError("--keep-best needs a whole number");
  const ids = new Set<string>();
  const bases = new Set<string>();
  for (const number of best === 0 ? [] : await project.runs()) {
    const run = await project.openRun(number);
    const ranked = bestNodes(run.nodes, preferenceOfRun(run.record));
    for (const { id } of ranked.slice(0, best)) for (const each of lineageOf(id)) ids.add(each);
    if (run.record.base !== null) bases.add(run.record.base.tag);
  }
  return ({ kind, node, tags }) =>
    kind === "base" ? tags.some((tag) => bases.has(tag)) : ids.has(node);
}

function divide<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function nameOf({ kind, name }: EngineResource): string {
  return `${kind} ${name}`;
}

function imageNames({ id, tags }: LabelledImage): string[] {
  return (tags.length > 0 ? tags : [id]).map((reference) => `image ${reference}`);
}
