import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerInfo } from "dockerode";
import { shareCpus } from "../../core/cpuset.ts";
import { followContainers } from "../engine/container-event.ts";
import type { Engine } from "../engine/engine.ts";
import type { PauseRequest } from "../machine.ts";
import { LABEL, type Phase } from "./label.ts";

/** Phases whose work can wait. A person's shell is never paused, nor is a measurement. */
const PAUSABLE: readonly Phase[] = ["agent", "build", "verify"];

/** A pair that takes longer has to bear the noise. */
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * The deadline inside a container that may be paused, at which it ends if the harness dies. It runs through pauses.
 * There is as much pause as there is rest between pauses, and one pause more.
 */
export function pausableDeadlineMs(limitMs: number): number {
  return 2 * limitMs + LONGEST_PAUSE_MS;
}

/** A request, and the engine whose containers it is about. */
export interface EnginePauseRequest extends PauseRequest {
  readonly engine: Pick<Engine, "docker">;
}

interface Working {
  readonly id: string;
  readonly name: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Pauses the agents, builds and verifies of all projects that work on some cpus, including those that start later,
 * until disposed. Then they get as much time as they were held up, unless `signal` is aborted. An engine that cannot
 * pause is no failure: pairs in random order stay fair where others work.
 */
export async function pauseOthers(
  request: EnginePauseRequest,
  cpus: string,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const startMs = performance.now();
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (container: Working) => {
    if (!isPausable(container, request)) return;
    const before = asked.get(container.id) ?? Promise.resolve(false);
    const paused = before.then(async (was) => (await pauseOn(request, container.id, cpus)) || was);
    asked.set(container.id, paused);
    await paused;
  };
  // Podman answers a filter by a label's name with nothing, unlike Docker. Whose they are is looked at anyway.
  const events = await followContainers(
    request.engine,
    { event: ["start", "unpause"] },
    ({ id, attributes }) => void ask({ id, name: attributes.name, labels: attributes }),
  );
  const goOn = async (): Promise<number> => {
    events[Symbol.dispose]();
    const paused = await Promise.all(asked.values());
    for (const id of asked.keys()) await unpause(request, id);
    asked.clear();
    return paused.includes(true) ? performance.now() - startMs : 0;
  };
  const timer = setTimeout(() => void goOn().catch(() => {}), LONGEST_PAUSE_MS).unref();
  const end = async () => {
    clearTimeout(timer);
    const heldUpMs = await goOn();
    if (heldUpMs > 0) await sleep(heldUpMs, undefined, { signal }).catch(() => {});
  };
  try {
    await Promise.all((await listWorking(request.engine, ["running", "paused"])).map(ask));
    return { [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

/**
 * Resumes what is paused though nobody measures: whoever paused it was killed. A container whose harness was killed as
 * well then ends at its deadline.
 */
export async function unpauseAbandoned(request: EnginePauseRequest): Promise<void> {
  const paused = await listWorking(request.engine, ["paused"]);
  for (const container of paused.filter((each) => isPausable(each, request))) {
    await unpause(request, container.id);
  }
}

async function listWorking(
  { docker }: EnginePauseRequest["engine"],
  status: readonly string[],
): Promise<Working[]> {
  const filters = { label: [LABEL.container], status: [...status] };
  return (await docker.listContainers({ all: true, filters })).map((info: ContainerInfo) => ({
    id: info.Id,
    name: info.Names[0]?.slice(1),
    labels: info.Labels,
  }));
}

/** A person's container of one of our images has our labels, and another name than the label says. */
function isPausable({ name, labels }: Working, { isOurs }: PauseRequest): boolean {
  return (
    PAUSABLE.some((phase) => phase === labels[LABEL.phase]) &&
    labels[LABEL.container] === name &&
    isOurs(labels[LABEL.owner] ?? "")
  );
}

/** Whether it is paused now that it works on these cpus. It may have ended or be paused already. */
async function pauseOn({ engine }: EnginePauseRequest, id: string, cpus: string): Promise<boolean> {
  const container = engine.docker.getContainer(id);
  try {
    if (!sharesCpus(await container.inspect(), [cpus])) return false;
    await container.pause();
    return true;
  } catch {
    return false;
  }
}

async function unpause({ engine, quietCpus }: EnginePauseRequest, id: string): Promise<void> {
  const container = engine.docker.getContainer(id);
  try {
    const info = await container.inspect();
    if (info.State.Paused && !sharesCpus(info, await quietCpus())) await container.unpause();
  } catch {
    // It ended, or somebody else resumed it. Or the engine fails, and whoever needs the engine will report that.
  }
}

/** Without a cpuset it works on all cpus. */
function sharesCpus(
  { HostConfig: host }: { readonly HostConfig: { readonly CpusetCpus?: string | undefined } },
  sets: readonly string[],
): boolean {
  return sets.some((set) => !host.CpusetCpus || shareCpus(host.CpusetCpus, set));
}
