// The attacks that docs/security.md lists, and whether they are those that ran.

/**
 * The rows of docs/security.md that name a threat, each with the attacks in its last column.
 *
 * @param {string} page
 * @returns {{ threat: string, attacks: number[] }[]}
 */
export function threatsIn(page) {
  return page
    .split("\n")
    .filter((line) => line.startsWith("| **"))
    .map((line) => {
      const [, threat = "", ...cells] = line.split("|");
      return { threat: threat.trim(), attacks: numbersIn(cells.at(-2) ?? "") };
    });
}

/**
 * `37, 41 to 43` as four numbers.
 *
 * @param {string} cell
 */
function numbersIn(cell) {
  return [...cell.matchAll(/(\d+)(?: to (\d+))?/g)].flatMap(([, first, last = first]) => {
    const from = Number(first);
    return Array.from({ length: Number(last) - from + 1 }, (_, index) => from + index);
  });
}

/**
 * A number that two attacks have; and where the whole suite was asked for, what is listed and did not run, or ran and is not listed.
 *
 * @param {readonly { number: string }[]} attacks
 * @param {readonly number[] | null} listed
 */
export function numberFaults(attacks, listed) {
  const numbers = attacks.map(({ number }) => Number(number));
  const twice = new Set(numbers.filter((number, index) => numbers.indexOf(number) !== index));
  const missing = listed === null ? [] : beyond(listed, numbers);
  const unlisted = listed === null ? [] : beyond(numbers, listed);
  return [
    ...[...twice].map((number) => `attack ${number} is there twice`),
    ...(missing.length === 0 ? [] : [`no attack has the number ${missing.join(", ")}`]),
    ...(unlisted.length === 0 ? [] : [`docs/security.md does not list ${unlisted.join(", ")}`]),
  ];
}

/**
 * What of some numbers is not among others, each once.
 *
 * @param {readonly number[]} numbers
 * @param {readonly number[]} others
 */
function beyond(numbers, others) {
  return [...new Set(numbers)].filter((number) => !others.includes(number)).sort((a, b) => a - b);
}
