/** Time. It is handed in, so that tests need not wait for it. */
export interface Clock {
  readonly now: () => Date;
  /** Milliseconds that grow evenly, whatever the clock is set to. Durations and budgets are counted by them. */
  readonly steadyMs: () => number;
  /** Resolves after this time, or after some weeks if that is less. Rejects when the signal is aborted before. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Yields again and again, for code that looks after something beside the work. Ends when the signal is aborted. */
  readonly ticks: (intervalMs: number, signal: AbortSignal) => AsyncIterable<void>;
}
