import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerInspectInfo } from "dockerode";
import { EngineError } from "../../core/error.ts";
import type { Engine } from "../engine/engine.ts";
import { OUTPUT_BYTES, type ProcessEnd } from "../process-end.ts";
import { layerBytes, watchGrowth } from "./disk-watch.ts";
import { type FrameSink, limitedSink, readFrames } from "./frame.ts";
import { type WatchedTime, watchRunningTime } from "./running-time.ts";
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

/** A container that was started, and whose output nobody reads yet. Disposing lets go of it, and leaves it running. */
export class StartedProcess implements Disposable {
  readonly #engine: Engine;
  readonly #container: Container;
  readonly #running: WatchedTime;
  readonly #stream: NodeJS.ReadWriteStream;
  readonly #startedAtMs = performance.now();
  /** Rejects where the engine fails. */
  readonly #end: Promise<void>;
  #hasEnded = false;

  private constructor(
    engine: Engine,
    container: Container,
    running: WatchedTime,
    stream: NodeJS.ReadWriteStream,
  ) {
    this.#engine = engine;
    this.#container = container;
    this.#running = running;
    this.#stream = stream;
    this.#end = waitForEnd(engine, container).then(() => {
      this.#hasEnded = true;
    });
    // Whoever waits for the end hears of it. Nobody does where a container is held and not needed.
    this.#end.catch(() => {});
  }

  /** Starts a created container. One that is held has an input to be released by. */
  static async start(
    engine: Engine,
    container: Container,
    kind: "held" | "free",
    signal: AbortSignal,
  ): Promise<StartedProcess> {
    signal.throwIfAborted();
    const running = await watchRunningTime(engine, container.id);
    let stream: NodeJS.ReadWriteStream | null = null;
    try {
      const outputs = { stream: true, stdout: true, stderr: true };
      const input = kind === "held" ? { stdin: true, hijack: true } : {};
      stream = await container.attach({ ...outputs, ...input });
      // While a container is held nobody reads, and a connection that breaks shows when it is released.
      stream.on("error", () => {});
      await container.start();
      return new StartedProcess(engine, container, running, stream);
    } catch (error) {
      running[Symbol.dispose]();
      // The stream outlives a start that failed, and would keep the harness alive.
      if (stream !== null) destroy(stream);
      throw error;
    }
  }

  /** Lets a held command go, and waits for its end. Throws as `untilEnd`, and `EngineError` where the container is gone. */
  async release(watch: ProcessWatch): Promise<ProcessEnd> {
    if (this.#hasEnded) throw new EngineError("a container ended while it was held");
    const heldMs = performance.now() - this.#startedAtMs;
    this.#stream.write("\n");
    return this.#untilEnd(watch, heldMs);
  }

  /**
   * Waits until the container's own process ends. The container is left stopped, for its files to be read. Throws the
   * signal's reason when aborted, after killing the container.
   */
  untilEnd(watch: ProcessWatch): Promise<ProcessEnd> {
    return this.#untilEnd(watch, 0);
  }

  async #untilEnd(watch: ProcessWatch, heldMs: number): Promise<ProcessEnd> {
    const container = this.#container;
    const engine = this.#engine;
    const ended = new AbortController();
    let killedFor: KilledFor | null = null;
    const kill = async (why: KilledFor) => {
      killedFor ??= why;
      // 404 and 409 mean that it ended by itself meanwhile.
      await container.kill().catch(() => {});
    };
    const sink = limitedSink(watch, OUTPUT_BYTES, () => void kill("output_limit"));
    const drained = readFrames(this.#stream, sink);
    const onAbort = () => void kill("abort");
    watch.signal.addEventListener("abort", onAbort, { once: true });
    const onStop = () => {
      // A process that ended by itself is whole, though its last output is read only now.
      if (!ended.signal.aborted) void kill("stop");
    };
    watch.stop?.addEventListener("abort", onStop, { once: true });
    const callOff = this.#running.time.after(watch.timeoutMs, () => void kill("timeout"));
    try {
      if (watch.signal.aborted) onAbort();
      const size = () => layerBytes(engine, container.id);
      const disk = watchGrowth(size, watch.diskBytes, ended.signal).then((reason) =>
        reason === null ? undefined : kill("disk_limit"),
      );
      const beside = watch.beside?.(ended.signal) ?? Promise.resolve();
      await this.#end;
      ended.abort();
      await Promise.all([disk, beside]);
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { ref: false })]);
    } finally {
      ended.abort();
      callOff();
      watch.signal.removeEventListener("abort", onAbort);
      watch.stop?.removeEventListener("abort", onStop);
      this[Symbol.dispose]();
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
    return exited(state, heldMs);
  }

  [Symbol.dispose](): void {
    this.#running[Symbol.dispose]();
    destroy(this.#stream);
  }
}

/** Starts a created container and waits for its end, as `untilEnd` does. */
export async function runToEnd(
  engine: Engine,
  container: Container,
  watch: ProcessWatch,
): Promise<ProcessEnd> {
  const started = await StartedProcess.start(engine, container, "free", watch.signal);
  return started.untilEnd(watch);
}

function destroy(stream: NodeJS.ReadWriteStream): void {
  if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
}

function exited(state: ContainerInspectInfo["State"], heldMs: number): ProcessEnd {
  const startedAt = new Date(new Date(state.StartedAt).getTime() + heldMs);
  const endedAt = new Date(state.FinishedAt);
  // The engine notes the start once it has heard of it. A run of a few milliseconds may have ended before.
  const wallMs = Math.max(0, endedAt.getTime() - startedAt.getTime());
  return { kind: "exited", exitCode: state.ExitCode, startedAt, endedAt, wallMs };
}
