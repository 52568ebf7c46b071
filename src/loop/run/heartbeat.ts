import type { Clock } from "../../core/clock.ts";
import { EngineError } from "../../core/error.ts";
import { untilAborted } from "../../core/until-aborted.ts";
import type { Machine } from "../../sandbox/machine.ts";

const ANSWER_EVERY_MS = 10_000;
/** An engine that is busy with another's images takes seconds. */
const ANSWER_WITHIN_MS = 60_000;

type Answering = Pick<Machine, "answer">;

/** Whether a machine answers now; also where nobody wants to know any more. */
export async function answers(machine: Answering, over: AbortSignal): Promise<boolean> {
  try {
    await machine.answer(AbortSignal.any([over, AbortSignal.timeout(ANSWER_WITHIN_MS)]));
    return true;
  } catch {
    return over.aborted;
  }
}

/** Asks a machine again and again, and calls `onSilence` when it does not answer, until it is over. `onBeat` is called before. */
export async function watchAnswers(
  machine: Answering,
  clock: Pick<Clock, "ticks">,
  over: AbortSignal,
  on: { readonly silence: () => void; readonly beat?: () => void },
): Promise<void> {
  for await (const _ of clock.ticks(ANSWER_EVERY_MS, over)) {
    on.beat?.();
    if (!(await answers(machine, over))) on.silence();
  }
}

/**
 * Does work on a machine that may take as long as it likes while the machine answers. Throws `EngineError` once it does not. What hangs
 * there is left to itself, and `late` gets what still comes of it.
 */
export async function whileItAnswers<T>(
  machine: Answering,
  clock: Pick<Clock, "ticks">,
  signal: AbortSignal,
  work: (within: AbortSignal) => Promise<T>,
  late: (result: T) => PromiseLike<void>,
): Promise<T> {
  const silent = new AbortController();
  const over = new AbortController();
  const within = AbortSignal.any([signal, silent.signal]);
  const silence = () => silent.abort(new EngineError("it does not answer"));
  void watchAnswers(machine, clock, AbortSignal.any([within, over.signal]), { silence });
  const working = work(within);
  try {
    return await untilAborted(working, within);
  } catch (error) {
    void working.then(late).catch(() => {});
    throw error;
  } finally {
    over.abort();
  }
}
