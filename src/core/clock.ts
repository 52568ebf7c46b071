/** Time, handed in so that tests need not wait for it. */
export interface Clock {
  readonly now: () => Date;
  /** Milliseconds that go on evenly, whatever the clock is set to: what durations and budgets are counted by. */
  readonly steadyMs: () => number;
  /** Resolves after so long, or some weeks. Rejects when the signal is aborted before. */
  readonly sleep: (durationMs: number, signal: AbortSignal) => Promise<void>;
  /** Yields again and again, for whoever looks after something beside the work. Ends when the signal is aborted. */
  readonly ticks: (intervalMs: number, signal: AbortSignal) => AsyncIterable<void>;
}
