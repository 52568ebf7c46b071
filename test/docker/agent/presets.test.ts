import { describe, expect, it } from "vitest";
import { geminiForm } from "../../models/gemini.ts";
import { openaiChatForm } from "../../models/openai-chat.ts";
import { openaiResponsesForm } from "../../models/openai-responses.ts";
import { type ModelScript, ScriptedModel } from "../../models/scripted-model.ts";
import type { Move, WireForm } from "../../models/wire-form.ts";
import { commandProject, openCommandRun } from "./scripted-command.ts";

const KEY = "sk-real-0123456789abcdef";
const MODEL = "scripted-1";
const node = (words: string): Move => ({
  kind: "shell",
  command: `/loopty/bin/loopty-node ${words}`,
});
const finish = (description: string): Move =>
  node(`finish '${JSON.stringify({ outcome: "ready", description, hypothesis: "Less" })}'`);

const PLAN: Readonly<Record<string, readonly Move[]>> = {
  "1.1": [
    { kind: "shell", command: "env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'" },
    {
      kind: "shell",
      command:
        "echo 90 > src/size; /loopty/bin/loopty-node build && /loopty/bin/loopty-node quick_bench",
    },
    finish("Ten less"),
  ],
  "1.2": [{ kind: "shell", command: ": > src/size" }, finish("Nothing at all")],
  "1.2 repair": [{ kind: "shell", command: "echo 95 > src/size" }, finish("Five less")],
};

const script: ModelScript = (said, turn) => {
  const id = /Experiment (1[\d.]+), on top of/.exec(said)?.[1] ?? "title";
  const repair = said.includes("Mend the change") ? " repair" : "";
  return PLAN[`${id}${repair}`]?.[turn] ?? { kind: "text", text: "That is all." };
};

const PRESETS: readonly [string, WireForm, string, string][] = [
  ["codex", openaiResponsesForm, "OPENAI_API_KEY", "OPENAI_BASE_URL"],
  ["opencode", openaiChatForm, "OPENAI_API_KEY", "OPENAI_BASE_URL"],
  ["pi", openaiChatForm, "OPENAI_API_KEY", "OPENAI_BASE_URL"],
  ["gemini", geminiForm, "GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL"],
];

describe("a run of a command line", () => {
  it.each(PRESETS)(
    "%s edits, benches, mends and finishes, and is billed to the token",
    async (preset, form, keyName, urlName) => {
      await using model = await ScriptedModel.start(form, { key: KEY, model: MODEL, script });
      const agent = `{ kind: command, preset: ${preset}, model: ${MODEL} }`;
      await using run = await openCommandRun(commandProject(agent, 2), {
        [keyName]: KEY,
        [urlName]: model.url,
      });
      const { nodes } = await run.grow("new");
      expect(
        nodes.map(({ id, verdict, description, repairs }) => [id, verdict, description, repairs]),
      ).toEqual([
        ["1", null, expect.any(String), 0],
        ["1.1", "improved", "Ten less", 0],
        ["1.2", "improved", "Five less", 1],
      ]);
      expect(model.refusals).toEqual([]);
      expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(model.billedTokens);
      const told = model.said.join("\n");
      expect(told).toMatch(/cost: 100 to 90/);
      expect(told).toContain("LOOPTY_TOKEN=loopty-");
      expect(told).not.toContain(KEY);
    },
  );
});
