import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerInspectInfo } from "dockerode";
import type { Engine } from "../engine/engine.ts";
import { OUTPUT_BYTES, type ProcessEnd } from "../process-end.ts";
import { layerBytes, watchGrowth } from "./disk-watch.ts";
import { type FrameSink, limitedSink, readFrames } from "./frame.ts";
import { watchRunningTime } from "./running-time.ts";
import { waitForEnd } from "./settle.ts";

export interface ProcessWatch extends FrameSink {
  /** Limit from the process's start, pauses left out. */
  readonly timeoutMs: number;
  /** How many bytes the container's writable layer may grow to. It is measured every two seconds. */
  readonly diskBytes: number;
  /** Runs beside the process from its start, and is aborted when it ends. */
  readonly beside?: (running: AbortSignal) => Promise<void>;
  /** Whether the kernel killed any of its processes for memory. It is called once, at the end. */
  readonly ranOutOfMemory?: () => boolean;
  /** Ends the process at once. The container can be read then, unlike after `signal`. */
  readonly stop?: AbortSignal | undefined;
  readonly signal: AbortSignal;
}

const DRAIN_MS = 5000;
const KILLED = 137;

type KilledFor = "timeout" | "disk_limit" | "output_limit" | "stop" | "abort";

/**
 * Starts a created container and waits until its own process ends. The container is left stopped, for its files to be
 * read. Throws the signal's reason when aborted, after killing the container.
 */
export async function runToEnd(
  engine: Engine,
  container: Container,
  watch: ProcessWatch,
): Promise<ProcessEnd> {
  watch.signal.throwIfAborted();
  using running = await watchRunningTime(engine, container.id);
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const ended = new AbortController();
  let killedFor: KilledFor | null = null;
  const kill = async (why: KilledFor) => {
    killedFor ??= why;
    // 404 and 409 mean that it ended by itself meanwhile.
    await container.kill().catch(() => {});
  };
  const sink = limitedSink(watch, OUTPUT_BYTES, () => void kill("output_limit"));
  const drained = readFrames(stream, sink);
  const onAbort = () => void kill("abort");
  watch.signal.addEventListener("abort", onAbort, { once: true });
  const onStop = () => {
    // A process that ended by itself is whole, though its last output is read only now.
    if (!ended.signal.aborted) void kill("stop");
  };
  watch.stop?.addEventListener("abort", onStop, { once: true });
  let callOff = () => {};
  try {
    await container.start();
    callOff = running.time.after(watch.timeoutMs, () => void kill("timeout"));
    if (watch.signal.aborted) onAbort();
    const size = () => layerBytes(engine, container.id);
    const disk = watchGrowth(size, watch.diskBytes, ended.signal).then((reason) =>
      reason === null ? undefined : kill("disk_limit"),
    );
    const beside = watch.beside?.(ended.signal) ?? Promise.resolve();
    await waitForEnd(engine, container);
    ended.abort();
    await Promise.all([disk, beside]);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  } finally {
    ended.abort();
    callOff();
    watch.signal.removeEventListener("abort", onAbort);
    watch.stop?.removeEventListener("abort", onStop);
    // The stream outlives an aborted start and would keep the harness alive.
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
  }
  watch.signal.throwIfAborted();
  const { State: state } = await container.inspect();
  if (killedFor === "timeout") return { kind: "timeout", afterMs: watch.timeoutMs };
  if (killedFor === "disk_limit") return { kind: "disk_limit" };
  if (killedFor === "output_limit") return { kind: "output_limit" };
  if (killedFor === "stop") return { kind: "stopped" };
  // OOMKilled depends on an event that the engine may get late or not at all. A shell may pass on 137 for a killed child.
  if (state.OOMKilled || state.ExitCode === KILLED || watch.ranOutOfMemory?.()) {
    return { kind: "out_of_memory" };
  }
  return exited(state);
}

function exited(state: ContainerInspectInfo["State"]): ProcessEnd {
  const [startedAt, endedAt] = [new Date(state.StartedAt), new Date(state.FinishedAt)];
  // The engine notes the start once it has heard of it. A run of a few milliseconds may have ended before.
  const wallMs = Math.max(0, endedAt.getTime() - startedAt.getTime());
  return { kind: "exited", exitCode: state.ExitCode, startedAt, endedAt, wallMs };
}
