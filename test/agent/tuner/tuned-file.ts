import type { Parameter } from "../../../src/agent/tuner/parameter.ts";

export const FILE = "tune.h";

/** Parameters `A`, `B`, … of the given numbers of values 1, 2, …, all in one file. */
export function parametersOf(...counts: readonly number[]): Parameter[] {
  return counts.map((count, index) => {
    const name = String.fromCharCode(65 + index);
    const values = Array.from({ length: count }, (_, i) => String(i + 1));
    return { name, file: FILE, pattern: `^#define ${name} (\\d+)$`, values };
  });
}

export function fileOf(
  parameters: readonly Parameter[],
  values: readonly (string | number)[],
): string {
  return parameters.map(({ name }, i) => `#define ${name} ${values[i]}\n`).join("");
}
