/** One use of a tool and what came of it. */
export interface Action {
  readonly name: string;
  readonly input: unknown;
  readonly result: string;
  readonly isError: boolean;
}

const SAME_RESULT = 4;
const SAME_ERROR = 3;
const ALTERNATING = 6;

/**
 * Notices a model that goes in circles, by the thresholds of OpenHands' stuck detector: the same action with the same
 * result four times in a row, with an error three times, or two actions in turn over six.
 */
export class StuckDetector {
  #recent: { readonly print: string; readonly isError: boolean }[] = [];

  /** What the model repeats, in words; `null` when it does not. After a notice, counting starts anew. */
  notice(action: Action): string | null {
    this.#recent = [...this.#recent, { print: printOf(action), isError: action.isError }].slice(
      -ALTERNATING,
    );
    const found = this.#find(action.name);
    if (found !== null) this.#recent = [];
    return found;
  }

  #find(name: string): string | null {
    const last = this.#recent.at(-1);
    const same = (count: number) =>
      this.#recent.length >= count &&
      this.#recent.slice(-count).every(({ print }) => print === last?.print);
    if (last?.isError && same(SAME_ERROR)) {
      return `the same ${name} failed in the same way ${SAME_ERROR} times in a row`;
    }
    if (same(SAME_RESULT)) {
      return `the same ${name} had the same result ${SAME_RESULT} times in a row`;
    }
    const prints = this.#recent.map(({ print }) => print);
    const alternates =
      prints.length === ALTERNATING &&
      prints[0] !== prints[1] &&
      prints.every((print, index) => print === prints[index % 2]);
    return alternates ? `the same two actions came in turn ${ALTERNATING} times` : null;
  }
}

/** Numbers in a result are times and counters, which differ even where nothing else does. */
function printOf({ name, input, result }: Action): string {
  return JSON.stringify([name, input, result.replace(/\d+/g, "#")]);
}
