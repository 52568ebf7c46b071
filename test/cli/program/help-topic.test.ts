import { describe, expect, it } from "vitest";
import { helpTopic } from "../../../src/cli/program/help-topic.ts";
import { commandLine } from "../../../src/cli/program/program.ts";
import { verdictSchema } from "../../../src/core/tree/verdict.ts";

describe("help", () => {
  it("explains every verdict in a line", () => {
    const lines = helpTopic("verdicts");
    for (const verdict of verdictSchema.options) {
      expect(lines.filter((line) => line.startsWith(`${verdict} `))).toHaveLength(1);
    }
    expect(lines.some((line) => line.startsWith("pair "))).toBe(true);
  });

  it("explains a key of loopty.yaml from the schema, a section by its keys", () => {
    expect(helpTopic("config", "metrics.min_effect")).toEqual([
      "metrics.min_effect: percentage, default 0.5%",
      "  a smaller gain does not count as an improvement",
    ]);
    expect(helpTopic("config", "git")).toHaveLength(2);
    expect(helpTopic("config").length).toBeGreaterThan(60);
    expect(() => helpTopic("config", "min_effect")).toThrow("loopty.yaml has no key min_effect");
  });

  it("shows examples below the options of every command, each a command line that there is", async () => {
    for (const command of commandLine(() => async () => {}).commands) {
      let shown = "";
      command.configureOutput({ writeOut: (text) => (shown += text) });
      command.outputHelp();
      const examples = [...shown.matchAll(/^ {2}(loopty .*)$/gm)].map(([, line = ""]) => line);
      expect(examples.length, command.name()).toBeGreaterThan(0);
      for (const example of examples) {
        const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(
          ([, quoted, bare]) => quoted ?? bare ?? "",
        );
        await commandLine(() => async () => {}).parseAsync(words.slice(1), { from: "user" });
      }
    }
  });
});
