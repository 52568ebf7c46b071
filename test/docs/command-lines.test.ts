import { readdirSync, readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { commandLine } from "../../src/cli/program/program.ts";

const TOP = new URL("../../", import.meta.url);
const PAGES = [
  "README.md",
  ...readdirSync(new URL("docs/", TOP))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const FENCED = /^```.*\n([\s\S]*?)^```$/gm;
const IN_LINE = /`(loopty [^`\n]+)`/g;
/** Missing in a sentence about a command, which names it alone. */
const LEFT_OUT = new Set(["commander.missingArgument", "commander.missingMandatoryOptionValue"]);

interface CommandLine {
  readonly page: string;
  readonly line: string;
  /** Of a block to be copied; of a sentence otherwise. */
  readonly whole: boolean;
}

function textOf(page: string): string {
  return readFileSync(new URL(page, TOP), "utf8");
}

function commandLinesOf(page: string): CommandLine[] {
  const text = textOf(page);
  const blocks = [...text.matchAll(FENCED)].map(([, block = ""]) => block);
  const copied = blocks.flatMap((block) =>
    block.split("\n").flatMap((line) => {
      const found = /^\s*(?:- run: |\$ )?(loopty .*)$/.exec(line)?.[1];
      return found === undefined ? [] : [{ page, line: found, whole: true }];
    }),
  );
  const named = [...text.replace(FENCED, "").matchAll(IN_LINE)].map(([, line = ""]) => ({
    page,
    line,
    whole: false,
  }));
  return [...copied, ...named];
}

/** As a shell would divide it, up to a comment, a pipe or a redirection. */
function wordsOf(line: string): string[] {
  const [command = ""] = line.split(/\s(?:#|\||&&|>)/);
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, bare]) => double ?? single ?? bare ?? "")
    .slice(1);
}

/** The error's code; `null` where the program would do as asked. */
async function faultOf(words: readonly string[]): Promise<string | null> {
  const program = commandLine(() => async () => {});
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  }
  try {
    await program.parseAsync([...words], { from: "user" });
    return null;
  } catch (error) {
    if (error instanceof CommanderError) return error.code;
    throw error;
  }
}

describe("a command line in the documents", () => {
  const lines = PAGES.flatMap(commandLinesOf);

  it("is found in sentences and in blocks", () => {
    expect(lines.filter(({ whole }) => whole).length).toBeGreaterThan(8);
    expect(lines.filter(({ whole }) => !whole).length).toBeGreaterThan(30);
  });

  it.each(lines)("is one that there is: $page: $line", async ({ line, whole }) => {
    const fault = await faultOf(wordsOf(line));
    if (whole || fault === null || !LEFT_OUT.has(fault)) expect(fault).toBeNull();
  });

  it.each([
    ["loopty fly", "commander.unknownCommand"],
    ["loopty run --require-luck", "commander.unknownOption"],
    ["loopty show", "commander.missingArgument"],
    ["loopty tree 1 2", "commander.excessArguments"],
    ["loopty run --max-time soon # a word", "commander.invalidArgument"],
  ])("would be found where it is not: %s", async (line, code) => {
    expect(await faultOf(wordsOf(line))).toBe(code);
  });
});

describe("README.md", () => {
  const text = textOf("README.md");
  const { commands } = commandLine(() => async () => {});

  it.each(commands.map((command) => command.name()))("names loopty %s", (name) => {
    expect(text).toMatch(new RegExp(`\\bloopty ${name}\\b`));
  });

  it("shows a picture before anything is to be typed, in light and dark, that is there", () => {
    const [first = ""] = text.split("\n```");
    const pictures = [...first.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path = ""]) => path);
    expect(pictures).toEqual(["docs/demo-dark.svg", "docs/demo-light.svg"]);
    for (const path of pictures) expect(textOf(path)).toMatch(/^<svg /);
  });
});

describe("docs/build-server.md", () => {
  const [, text = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(textOf("docs/build-server.md")) ?? [];
  const { steps } = parse(text).jobs.optimize;

  it("hands the key to the agent's step alone", () => {
    const withKey = steps.filter((step: object) => JSON.stringify(step).includes("secrets."));
    expect(withKey.map(({ name }: { name: string }) => name)).toEqual(["optimize"]);
    expect(text.match(/secrets\./g)).toHaveLength(1);
  });

  it("reports and uploads also where the run was no success", () => {
    const last = steps.slice(-2).map((step: { if: string }) => step.if);
    expect(last).toEqual(["always()", "always()"]);
  });
});
