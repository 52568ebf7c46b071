/** The value of a text of JSON; `undefined` for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The values of the whole lines of a text of JSON lines. Lines that a crash or a person damaged are left out. */
export function parseJsonLines(text: string): unknown[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map(parseJson)
    .filter((value) => value !== undefined);
}
