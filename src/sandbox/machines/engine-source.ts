import type { Engine } from "../engine/engine.ts";

/** Where an engine comes from, again and again, as it may be lost. */
export interface EngineSource {
  /** Of the machine that it runs on. */
  readonly name: string;
  /** Throws `EngineError` while it cannot be had. */
  connect(signal: AbortSignal): Promise<ConnectedEngine>;
}

/** Disposing it gives the machine back, and never throws: one that cannot be told ends by itself. */
export interface ConnectedEngine extends AsyncDisposable {
  readonly engine: Engine;
  /** The cpus that are ours there, as a cpuset; `null` for all that the engine has. */
  readonly cpus: string | null;
  /** Aborts with an `EngineError` once it is known that the machine is gone. */
  readonly gone: AbortSignal;
  /** How long its owner has lent it so far; `null` where nobody counts. */
  lentMs(): number | null;
}
