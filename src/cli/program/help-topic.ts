import { configSections } from "../../config/key.ts";
import { UserError } from "../../core/error.ts";
import { METRICS_FORMATS } from "../../core/metrics/formats/names.ts";
import { tableLines } from "../../core/text/columns.ts";
import { nearestName } from "../../core/text/nearest.ts";
import { VERDICT_MEANINGS } from "../../core/views/verdict-meaning.ts";

const HELP_TOPICS = ["verdicts", "metrics", "config", "images"] as const;
export type HelpTopic = (typeof HELP_TOPICS)[number];

export function isHelpTopic(text: string): text is HelpTopic {
  return HELP_TOPICS.some((topic) => topic === text);
}

const WORDS: readonly (readonly [word: string, meaning: string])[] = [
  [
    "gain",
    "what the value did: -35.2 % of a time that fell from 4796 to 3108; from twice on a factor, 2.41x faster",
  ],
  ["pair", "parent and child run back to back, in an order drawn by chance; each pair is one vote"],
  ["look", "after 6, 9, 13, 18 and 24 pairs it is asked whether a gain is proven"],
  ["margin", "how much worse still counts as equal, by the noise that was measured"],
];

const METRICS = `A metric is a column of what the benchmark writes. Its header holds a direction: "time_ms (lower is better)"; without one, higher is better.
Priority goes from left to right: a child is better where one metric is and none to its left is worse.
metrics.weights makes one score of several; metrics.combine: geomean makes one metric of them; metrics.guards holds some back.
metrics.format says what the benchmark writes: ${METRICS_FORMATS.join(", ")}.
loopty metrics FILE shows what is read of a file.`;

const IMAGES = `Every node is an image, loopty/<name>:<id>: the base and one layer with the node's writable files.
docker run --rm loopty/<name>:<id> builds, verifies and benchmarks it, and prints the metrics.
loopty reproduce ID measures it again; loopty export ID --image FILE writes it for docker load; loopty clean removes images, and records stay.
docs/images.md has what an image of yours must contain, and a Dockerfile for each language.`;

/** The lines of a topic. Throws `UserError` for a key that loopty.yaml does not have. */
export function helpTopic(topic: HelpTopic, key?: string): string[] {
  switch (topic) {
    case "verdicts":
      return [
        ...tableLines(Object.entries(VERDICT_MEANINGS)),
        "",
        ...tableLines(WORDS),
        "",
        "docs/measurement.md has the rules and their error rates",
      ].map((line) => line.trimEnd());
    case "metrics":
      return METRICS.split("\n");
    case "images":
      return IMAGES.split("\n");
    case "config":
      return configHelp(key);
  }
}

function configHelp(wanted: string | undefined): string[] {
  const keys = configSections().flatMap((section) => section.keys);
  if (wanted === undefined) {
    return tableLines(keys.map(({ path, type }) => [path, type])).map((line) => line.trimEnd());
  }
  const found = keys.filter(({ path }) => path === wanted || path.startsWith(`${wanted}.`));
  if (found.length === 0) {
    const paths = keys.map(({ path }) => path);
    const near = paths.find((path) => path.endsWith(`.${wanted}`)) ?? nearestName(wanted, paths);
    throw new UserError(`loopty.yaml has no key ${wanted}`, {
      hint: near === null ? "loopty help config lists all" : `did you mean ${near}?`,
    });
  }
  return found.flatMap(({ path, type, default: standard, meaning }) => [
    `${path}: ${type}${defaultText(standard)}`,
    `  ${meaning}`,
  ]);
}

function defaultText(standard: string | null | undefined): string {
  if (standard === null) return ", required";
  return standard === undefined ? "" : `, default ${standard}`;
}
