import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerInspectInfo } from "dockerode";
import { layerBytes, watchGrowth } from "./disk.ts";
import type { Engine } from "./engine.ts";
import { type FrameSink, readFrames } from "./frame.ts";

/** How a container's own process ended. Times are the engine's, in milliseconds. */
export type ProcessEnd =
  | { readonly kind: "exited"; readonly exitCode: number; readonly wallMs: number }
  | { readonly kind: "timeout"; readonly afterMs: number }
  | { readonly kind: "out_of_memory" }
  | { readonly kind: "disk_limit" };

export interface ProcessWatch extends FrameSink {
  /** From the process's start. */
  readonly timeoutMs: number;
  /** Bytes that the container's writable layer may grow to; looked at every two seconds. */
  readonly diskBytes: number;
  /** Runs beside the process from its start, and is aborted when it ends. */
  readonly beside?: (running: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const DRAIN_MS = 5000;
const KILLED = 137;

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
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const drained = readFrames(stream, watch);
  const ended = new AbortController();
  let killedFor: "timeout" | "disk_limit" | "abort" | null = null;
  const kill = async (why: "timeout" | "disk_limit" | "abort") => {
    killedFor ??= why;
    // 404 and 409: it ended by itself meanwhile.
    await container.kill().catch(() => {});
  };
  const onAbort = () => void kill("abort");
  watch.signal.addEventListener("abort", onAbort, { once: true });
  let timer: NodeJS.Timeout | undefined;
  try {
    await container.start();
    timer = setTimeout(() => void kill("timeout"), watch.timeoutMs);
    if (watch.signal.aborted) onAbort();
    const size = () => layerBytes(engine, container.id);
    const disk = watchGrowth(size, watch.diskBytes, ended.signal).then((reason) =>
      reason === null ? undefined : kill("disk_limit"),
    );
    const beside = watch.beside?.(ended.signal) ?? Promise.resolve();
    await container.wait();
    ended.abort();
    await Promise.all([disk, beside]);
    await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  } finally {
    ended.abort();
    clearTimeout(timer);
    watch.signal.removeEventListener("abort", onAbort);
    // The stream outlives an aborted start and would keep the harness alive.
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
  }
  watch.signal.throwIfAborted();
  const { State: state } = await container.inspect();
  if (killedFor === "timeout") return { kind: "timeout", afterMs: watch.timeoutMs };
  if (killedFor === "disk_limit") return { kind: "disk_limit" };
  // OOMKilled is only set for some kills of children (moby, cgroup v1): a shell passes on 137 for a killed child.
  if (state.OOMKilled || state.ExitCode === KILLED) return { kind: "out_of_memory" };
  return { kind: "exited", exitCode: state.ExitCode, wallMs: wallMs(state) };
}

function wallMs(state: ContainerInspectInfo["State"]): number {
  return Math.max(0, Date.parse(state.FinishedAt) - Date.parse(state.StartedAt));
}
