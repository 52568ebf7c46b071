import { linesText } from "../file-text.ts";

/** A value in a writable file that may be changed: an entry of `agent.parameters`, already validated. */
export interface Parameter {
  readonly name: string;
  readonly file: string;
  /** Source of a JavaScript regular expression with one group, around the value. `^` and `$` match at line ends. */
  readonly pattern: string;
  readonly values: readonly string[];
  /** It counts only where these earlier parameters, by name, count and have one of these values. */
  readonly when?: Readonly<Record<string, readonly string[]>>;
}

/** Where a parameter's value stands in its file. `start` and `end` are offsets in the text. */
export type ParameterReading =
  | {
      readonly kind: "found";
      readonly value: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "unclear"; readonly reason: string };

const MAX_LINES_NAMED = 5;

/** Finds the value. Anything but one match is unclear, because a second place would silently keep the old value. */
export function readParameter(parameter: Parameter, text: string): ParameterReading {
  const matches = [...text.matchAll(new RegExp(parameter.pattern, "dgm"))];
  const first = matches[0];
  if (first === undefined) return unclear(parameter, "matches nothing");
  if (matches.length > 1) {
    const offsets = matches.map(({ index }) => index);
    return unclear(
      parameter,
      `matches ${matches.length} times, at lines ${linesText(text, offsets, MAX_LINES_NAMED)}; it must match once`,
    );
  }
  const range = first.indices?.[1];
  if (range === undefined) return unclear(parameter, "matches, but its group takes no part");
  const [start, end] = range;
  return { kind: "found", value: text.slice(start, end), start, end };
}

/** The text with the value of a found parameter replaced. */
export function replaceValue(
  text: string,
  place: { readonly start: number; readonly end: number },
  value: string,
): string {
  return text.slice(0, place.start) + value + text.slice(place.end);
}

function unclear(parameter: Parameter, problem: string): ParameterReading {
  const { name, file } = parameter;
  return { kind: "unclear", reason: `${file}: the pattern of ${name} ${problem}` };
}
