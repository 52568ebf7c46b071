import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { completionScript } from "../../../src/cli/program/completion.ts";
import { commandLine } from "../../../src/cli/program/program.ts";

const program = commandLine(() => async () => {});

describe("completion", () => {
  it("completes commands and their options in bash", () => {
    const script = `${completionScript("bash", program)}
complete_words() { COMP_WORDS=(loopty "$@"); COMP_CWORD=$#; _loopty loopty "\${!#}"; echo "\${COMPREPLY[*]}"; }
complete_words doc; complete_words run --exp; complete_words tree --b`;
    const told = execFileSync("bash", ["-c", script], { encoding: "utf8" });
    expect(told).toBe("doctor\n--experiments\n--best\n");
  });

  it("names every command in fish, with what it does in quotes", () => {
    const lines = completionScript("fish", program).split("\n");
    for (const command of program.commands) {
      const start = `complete -c loopty -n __fish_use_subcommand -a ${command.name()} -d '`;
      expect(lines.some((line) => line.startsWith(start))).toBe(true);
    }
  });
});
