import { type ConfigKey, type ConfigSection, configSections } from "../key.ts";

const INTRODUCTION = `# loopty.yaml

This page is generated from the schema (\`src/config/\`).
\`loopty init\` writes a commented file for a project, and the [loopty.yaml](../loopty.yaml) at the top of this repository shows every key.

The file is read strictly.
An unknown key is an error that names the nearest known one, a key may stand only once, and every problem is listed with its line.
Paths are relative to the folder of loopty.yaml, except where they are said to be of the workspace.

## How values are written

| type | examples | meaning |
| --- | --- | --- |
| duration | \`300ms\` \`20m\` \`1h30m\` \`2d\` | units from large to small: d h m s ms |
| size | \`64k\` \`512m\` \`2g\` | b k m g t; a kilobyte is 1024 bytes |
| percentage | \`0.5%\` | |
| factor | \`3x\` | |
| rate | \`2/s\` \`50/m\` \`30/h\` \`100/d\` | at most so many in any second, minute, hour or day |
| count | \`50\` \`2_000_000\` | |
| amount | \`12.50\` | US dollars |
| cpuset | \`0\` \`0-3,5\` | CPUs by number |
| pattern | \`src/a.c\` \`src/\` \`src/**/*.c\` \`*.{c,h}\` | a file, a folder with all below it, a glob; of the workspace |

Limits are finite unless the word \`none\` is written.
A key left empty is an error, not a limit that is off.

## What counts as a token

\`budget.tokens\` counts what a model reads for the first time and what it writes: input tokens + cache writes + output tokens, of all agents of the run.
Tokens that are read from the cache are reported apart and do not count: an agent reads its own conversation again with every request, so they would be most of the number while costing a small part of the money.
\`budget.usd\` prices all of them.
`;

const LIST_MARK = "[]";

/** docs/config.md: every key of loopty.yaml with its type, default and meaning. */
export function configReference(): string {
  return `${[INTRODUCTION.trimEnd(), ...configSections().map(sectionText)].join("\n\n")}\n`;
}

function sectionText(section: ConfigSection): string {
  const meaning = section.meaning === "" ? [] : [capitalized(section.meaning)];
  const rows = section.keys.map((key) => rowOf(key, section.path));
  const table = [
    ["| key | type | default | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  ];
  return [`## ${titleOf(section)}`, ...meaning, ...(rows.length > 0 ? table : [])].join("\n\n");
}

function titleOf({ path, kind }: ConfigSection): string {
  if (path === "") return "Top level";
  const what = path.endsWith(LIST_MARK) ? `${path.slice(0, -LIST_MARK.length)}, each item` : path;
  return kind === null ? what : `${what}, kind: ${kind}`;
}

function rowOf({ path, type, default: written, meaning }: ConfigKey, section: string): string {
  const name = section === "" ? path : path.slice(section.length + 1);
  const cells = [`\`${name}\``, type, defaultText(written), meaning];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function defaultText(written: ConfigKey["default"]): string {
  if (written === null) return "required";
  return written === undefined ? "" : `\`${written}\``;
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
