import type { Random } from "../../src/core/statistics/random.ts";
import type { FuzzTarget } from "./target.ts";

export const MOST_BYTES = 64 * 1024;
const MOST_CHANGES = 6;

const NUMBERS = [
  "0",
  "-0",
  "-1",
  "1e400",
  "1e-400",
  "9007199254740993",
  "NaN",
  "0x10",
  "1_0",
  "01",
];
const PIECES = [
  ...[
    "",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\x1b[2J",
    "\u202e",
    "\ufeff",
    "é",
    "e\u0301",
    "😀",
    "\ud800",
  ],
  ...[
    "..",
    "/",
    "\\",
    "--output=x",
    "__proto__",
    "constructor",
    '"',
    "'",
    "`",
    "$(x)",
    "=1+1",
    "%s",
  ],
  ...NUMBERS,
];
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, [], {}, [null], { a: 1 }],
  ...["", "1", "x".repeat(5000), "__proto__", "1.1.1", "2026-01-01T00:00:00Z", "../../x", "--help"],
];

/** A sample of the target's, changed. The same random numbers give the same input. */
export function mutate({ samples, structure, words }: FuzzTarget, random: Random): Buffer {
  const sample = random.pick(samples);
  const known = structure !== "bytes" && random.next() < 0.7;
  let input = known ? mutateStructure(sample, structure === "json-lines", random) : sample;
  if (known && random.next() < 0.8) return input.subarray(0, MOST_BYTES);
  for (let i = random.integer(MOST_CHANGES); i >= 0; i--) {
    input = change(input, random.pick(samples), [...words, ...PIECES], random).subarray(
      0,
      MOST_BYTES,
    );
  }
  return input;
}

function change(bytes: Buffer, other: Buffer, words: readonly string[], random: Random): Buffer {
  const [start, end] = rangeIn(bytes, random);
  const with_ = (middle: Buffer) =>
    Buffer.concat([bytes.subarray(0, start), middle, bytes.subarray(end)]);
  const word = Buffer.from(random.pick(words));
  switch (random.integer(9)) {
    case 0:
      return with_(Buffer.alloc(0));
    case 1:
      return with_(word);
    case 2: {
      const flipped = Buffer.from(bytes);
      const byte = flipped[start];
      if (byte !== undefined) flipped[start] = byte ^ (1 << random.integer(8));
      return flipped;
    }
    case 3:
      return with_(
        Buffer.from(Array.from({ length: random.integer(9) }, () => random.integer(256))),
      );
    case 4: {
      const [from, to] = rangeIn(other, random);
      return with_(other.subarray(from, to));
    }
    case 5:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start)]);
    case 6:
      return bytes.subarray(0, start);
    case 7:
      return with_(repeated(word, random));
    default:
      return withNumber(bytes, random);
  }
}

/** Mostly a short range, now and then a line, a long one or none. */
function rangeIn(bytes: Buffer, random: Random): readonly [number, number] {
  const start = random.integer(bytes.length + 1);
  if (random.next() < 0.2) {
    const end = bytes.indexOf("\n", start);
    return [bytes.lastIndexOf("\n", start) + 1, end < 0 ? bytes.length : end + 1];
  }
  const length = random.integer(random.pick([1, 4, 32, 1024]));
  return [start, Math.min(bytes.length, start + length)];
}

function repeated(word: Buffer, random: Random): Buffer {
  const times = random.pick([2, 2, 2, 65, 65, 65, 1000, 10_000]);
  return Buffer.concat(
    Array(Math.min(times, Math.ceil(MOST_BYTES / (word.length || 1)))).fill(word),
  );
}

function withNumber(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?/g)];
  if (numbers.length === 0) return bytes;
  const { 0: number, index } = random.pick(numbers);
  return Buffer.concat([
    bytes.subarray(0, index),
    Buffer.from(random.pick(NUMBERS)),
    bytes.subarray(index + number.length),
  ]);
}

function mutateStructure(sample: Buffer, isLines: boolean, random: Random): Buffer {
  if (!isLines) return Buffer.from(mutateJson(sample.toString("utf8"), random));
  const lines = sample.toString("utf8").trimEnd().split("\n");
  const at = random.integer(lines.length);
  const line = lines[at] ?? "";
  switch (random.integer(6)) {
    case 0:
      lines.splice(at, 1);
      break;
    case 1:
      lines.splice(random.integer(lines.length), 0, line);
      break;
    default:
      lines[at] = mutateJson(line, random);
  }
  return Buffer.from(lines.map((each) => `${each}\n`).join(""));
}

type Place = readonly (string | number)[];

function mutateJson(text: string, random: Random): string {
  let json: unknown = JSON.parse(text);
  for (let i = random.integer(3); i >= 0; i--) {
    const places = placesIn(json, []);
    const at = random.pick(places);
    const donor = valueAt(json, random.pick(places));
    json = changedAt(json, at, (value) => changedValue(value, donor, random));
  }
  return JSON.stringify(json) ?? "null";
}

function changedValue(value: unknown, donor: unknown, random: Random): unknown {
  switch (random.integer(5)) {
    case 0:
      return random.pick(VALUES);
    case 1:
      return donor;
    case 2:
      return random.pick(PIECES) + (typeof value === "string" ? value : "");
    case 3:
      if (Array.isArray(value)) return [...value, ...value];
      if (typeof value === "number")
        return random.pick([-value, value + 1, value * 1e9, String(value)]);
      return random.next() < 0.1 ? nested(random.pick([65, 3000])) : [value];
    default:
      return isObject(value) ? changedKey(value, donor, random) : undefined;
  }
}

function changedKey(value: object, donor: unknown, random: Random): unknown {
  const entries = Object.entries(value);
  const at = random.integer(entries.length + 1);
  const name = random.pick(["more", "", "__proto__", entries[0]?.[0] ?? "x"]);
  // Assigned, "__proto__" would be no key.
  return Object.fromEntries(entries.toSpliced(at, random.integer(2), [name, donor]));
}

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function placesIn(value: unknown, here: Place): Place[] {
  // What is deeper is of a change before.
  if (here.length > 12) return [here];
  if (Array.isArray(value)) {
    return [here, ...value.slice(0, 50).flatMap((item, i) => placesIn(item, [...here, i]))];
  }
  if (!isObject(value)) return [here];
  return [here, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...here, key]))];
}

function valueAt(value: unknown, [key, ...rest]: Place): unknown {
  if (key === undefined) return value;
  const inner = Array.isArray(value) || isObject(value) ? Object.entries(value) : [];
  return valueAt(inner.find(([name]) => name === String(key))?.[1], rest);
}

function changedAt(
  value: unknown,
  [key, ...rest]: Place,
  by: (value: unknown) => unknown,
): unknown {
  if (key === undefined) return by(value);
  if (Array.isArray(value)) {
    return value.map((item, i) => (i === key ? changedAt(item, rest, by) : item));
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === key ? changedAt(item, rest, by) : item,
    ]),
  );
}
