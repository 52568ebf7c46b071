import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_EQUIPMENT } from "../../agent/equipment.ts";
import { IDLE } from "../../agent/idle.ts";
import { homeMachine } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import type { RunEvent } from "../../core/events/event.ts";
import { waitText } from "../../core/events/step.ts";
import { formatCounted, formatDuration } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import { runBaseline } from "../../loop/baseline.ts";
import { filesOf } from "../../loop/run/node-images.ts";
import type { Run } from "../../loop/run/run.ts";
import { type RunRequest, startRun } from "../../loop/run/start.ts";
import { listImages, removeImages } from "../../sandbox/clean-up/image-removal.ts";
import { removeLeftovers } from "../../sandbox/clean-up/leftover.ts";
import { DockerMachine } from "../../sandbox/docker-machine.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import { measuredBaseline, metricsOf } from "../../store/baseline-record.ts";
import { formatOwner } from "../../store/files/owner.ts";
import { gitRepositories } from "../../store/git/repositories.ts";
import { openProject } from "../../store/project.ts";
import { queueOf } from "../project/machine-sources.ts";
import { ownerLives } from "../project/run-request.ts";
import type { Progress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { type Check, fail, failureCheck, ok, warn } from "./check.ts";
import { checkEffect } from "./effect-check.ts";

const AGENT_MS = 60_000;

export interface RehearsalRequest
  extends Pick<RunRequest, "config" | "observe" | "onOutput" | "openSandbox"> {
  readonly world: World;
  readonly engine: Engine;
  /** For whom it is: a word in the names of its folder and images. */
  readonly name: "doctor" | "reproduce";
}

/**
 * A run by the very code of a run, in a project of its own that is removed afterwards. The user's runs, images and
 * repository stay as they are.
 */
export async function withRehearsal(
  { world, engine, name, config, ...special }: RehearsalRequest,
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), `loopty-${name}-`));
  const project = await openProject(folder, world);
  const { projectId } = project;
  try {
    await using lock = await project.lock();
    await using run = await startRun(
      {
        ...special,
        config: { ...config, name: `${name}-${projectId.slice(0, 8)}`, git: { branches: "none" } },
        project,
        lock,
        machine: new DockerMachine(engine),
        openAgent: async () => IDLE,
        owner: formatOwner(world.processes.self()),
        isAlive: ownerLives(world.processes),
        queue: queueOf(world, engine, homeMachine(config).url),
        repositories: gitRepositories(world.env.PATH ?? ""),
        clock: world,
      },
      world.signal,
    );
    await work(run);
  } finally {
    await removeLeftovers(engine, projectId, () => true);
    await removeImages(engine, await listImages(engine, projectId));
    await rm(folder, { recursive: true, force: true });
  }
}

/** The baseline, an agent's container, and what broken files do. It stops at the first failure, and reports it as a check. */
export async function rehearse(
  world: World,
  config: Config,
  engine: Engine,
  tell: (check: Check) => void,
  progress: Progress,
): Promise<void> {
  const steps = stepsOf(config);
  let step = steps[0];
  const begin = (next: string | undefined) => {
    step = next;
    progress.step(`rehearsing the baseline: ${next === "base" ? "setup" : (next ?? "the end")}`);
  };
  const observe = (event: RunEvent) => {
    if (event.type === "measuring_waits") progress.step(waitText(event));
    if (event.type === "measuring_begins") begin(step);
    const check = step === "effect" ? null : passedStep(event);
    if (check === null || !steps.includes(check.name)) return;
    tell(check);
    begin(steps[steps.indexOf(check.name) + 1]);
  };
  const onOutput = (chunk: Buffer) => progress.output(chunk);
  begin(step);
  try {
    const request = { world, config, engine, observe, onOutput, name: "doctor" } as const;
    await withRehearsal(request, async (run) => {
      const root = await runBaseline(run, world.signal, uncalibrated);
      if (config.commands.verify === null) {
        tell(warn("verify", "there is no commands.verify", "without it wrong code may win"));
      }
      tell(ok("benchmark", metricsText(run)));
      for (const check of checkDirections(run)) tell(check);
      begin("mounts");
      tell(await checkMounts(run, root));
      begin("effect");
      tell(await checkEffect(run, root, world.signal));
    });
  } catch (error) {
    world.signal.throwIfAborted();
    tell(failureCheck(step ?? "baseline", error));
  }
}

/** Ten more pairs are only for `doctor --measure`. */
async function uncalibrated(): Promise<void> {}

function passedStep(event: RunEvent): Check | null {
  switch (event.type) {
    case "base_ready":
      return ok("base", `made in ${formatDuration(event.durationMs)}`);
    case "build_finished":
      return event.passed ? ok("build", `passed in ${formatDuration(event.durationMs)}`) : null;
    case "verify_finished":
      return event.passed ? ok("verify", `passed in ${formatDuration(event.durationMs)}`) : null;
    default:
      return null;
  }
}

/** The steps in order, without those that loopty.yaml leaves out. */
function stepsOf({ commands }: Config): readonly string[] {
  return [
    "base",
    ...(commands.build === null ? [] : ["build"]),
    ...(commands.verify === null ? [] : ["verify"]),
    "benchmark",
    "mounts",
    "effect",
  ];
}

function metricsText({ records: { store } }: Run): string {
  const metrics = metricsOf(store.record);
  const names = metrics.map(({ name, direction }) => `${printable(name)} (${direction} is better)`);
  return `${formatCounted(metrics.length, "metric")}: ${names.join(", ")}`;
}

/** Columns of CSV whose header says no direction: most are times, and a run would look for the slowest code. */
function checkDirections({ records: { store }, problem: { config } }: Run): Check[] {
  const silent = metricsOf(store.record).filter(({ header, name }) => header === name);
  const [first] = silent;
  if (first === undefined || config.metrics.source.format !== "csv") return [];
  const names = silent.map(({ name }) => printable(name)).join(", ");
  return [
    fail(
      "metrics",
      `${names}: no direction in the header, so that higher is better: is it really?`,
      `write it into the header: "${printable(first.name)} (lower is better)", or (higher is better)`,
    ),
  ];
}

/** Starts an agent's container as a run would, which compares it with `/proc/self/mountinfo` there. */
async function checkMounts(run: Run, root: ExperimentNode): Promise<Check> {
  if (root.snapshot === null) throw new Error("a baseline that passed has a snapshot");
  const { policy, hidden, isIgnored } = run.problem;
  const files = await filesOf(run, root);
  await using agent = await run.lab.sandbox.edit({
    node: root.id,
    imageId: root.snapshot.imageId,
    files,
    rules: {
      policy,
      hiddenFiles: hidden.map(({ path }) => path),
      isIgnored,
      buildOutputs: new Set(measuredBaseline(run.records.store.record).buildOutputs),
      parentPaths: new Set(files.map(({ path }) => path)),
    },
    notes: [],
    scratch: [],
    equipment: NO_EQUIPMENT,
    timeoutMs: AGENT_MS,
  });
  const { readOnly, writable } = agent.mounts;
  const text = `${formatCounted(readOnly, "read-only mount")} and ${writable} writable are as asked`;
  return ok("mounts", text);
}
