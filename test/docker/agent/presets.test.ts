import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { usageOfWire } from "../../../src/agent/gateway/wire-journal.ts";
import { geminiForm } from "../../models/gemini.ts";
import { openaiChatForm } from "../../models/openai-chat.ts";
import { openaiResponsesForm } from "../../models/openai-responses.ts";
import { type ModelScript, ScriptedModel } from "../../models/scripted-model.ts";
import type { Move, WireForm } from "../../models/wire-form.ts";
import { commandProject, openCommandRun } from "./scripted-command.ts";

const KEY = "sk-real-0123456789abcdef";
const MODEL = "scripted-1";
const FILE = "/workspace/src/size";
const shell = (command: string): Move => ({ kind: "shell", command });
const tool = (name: string, input: object): Move => ({ kind: "tool", name, input });
const node = (words: string) => shell(`/loopty/bin/loopty-node ${words}`);
const finish = (description: string) =>
  node(`finish '${JSON.stringify({ outcome: "ready", description, hypothesis: "Less" })}'`);

const BREAKS = ": > src/size";
const PLAN: Readonly<Record<string, readonly Move[]>> = {
  "1.1": [
    shell("env; cat /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; tail -n +3 /proc/net/dev"),
    shell(
      "echo 90 > src/size; /loopty/bin/loopty-node build && /loopty/bin/loopty-node quick_bench",
    ),
    finish("Ten less"),
  ],
  "1.2": [shell(BREAKS), finish("Nothing at all")],
  "1.2 repair": [shell("echo 95 > src/size"), finish("Five less")],
};

const placeIn = (said: string) => /Experiment (1[\d.]+), on top of/.exec(said)?.[1] ?? "title";

/** `edits` makes 50 of 90 by the command line's own tools. What comes after it is done by loopty's. */
function scriptWith({ edits, own }: Preset): ModelScript {
  const said = { outcome: "ready", description: "Nearly the half of it", hypothesis: "Less" };
  const moves = [own("history", {}), own("build", {}), own("quick_bench", {}), own("finish", said)];
  const plan: typeof PLAN = { ...PLAN, "1.1.1": [...edits, ...moves] };
  return (said, turn) => {
    const id = placeIn(said);
    if (said.includes("Answer in plain text")) {
      const verdict = /Verdict: (\w+)/.exec(said)?.[1];
      return { kind: "text", text: `I read that ${id} is ${verdict}.` };
    }
    // A repair that goes on with the session had these calls already.
    const before = said.includes(BREAKS) ? (plan[id]?.length ?? 0) : 0;
    const move = said.includes("Mend the change")
      ? plan[`${id} repair`]?.[turn - before]
      : plan[id]?.[turn];
    return move ?? { kind: "text", text: "That is all." };
  };
}

const PATCH = `apply_patch <<'EOF'
*** Begin Patch
*** Update File: src/size
@@
-90
+50
*** End Patch
EOF`;

interface Preset {
  readonly name: string;
  readonly form: WireForm;
  readonly keyName: string;
  readonly urlName: string;
  readonly edits: readonly Move[];
  /** A call of one of loopty's own tools. */
  readonly own: (name: string, input: object) => Move;
  /** Whether a repair goes on with its session. */
  readonly goesOn: boolean;
}

const openai = { keyName: "OPENAI_API_KEY", urlName: "OPENAI_BASE_URL", goesOn: true };
const PRESETS: readonly Preset[] = [
  {
    name: "codex",
    form: openaiResponsesForm,
    ...openai,
    edits: [shell(PATCH)],
    own: (name, input) => ({ kind: "tool", name, input, group: "mcp__loopty" }),
  },
  {
    name: "opencode",
    form: openaiChatForm,
    ...openai,
    edits: [
      tool("read", { filePath: FILE }),
      tool("edit", { filePath: FILE, oldString: "90", newString: "50" }),
    ],
    own: (name, input) => tool(`loopty_${name}`, input),
  },
  {
    name: "pi",
    form: openaiChatForm,
    ...openai,
    edits: [tool("edit", { path: FILE, edits: [{ oldText: "90", newText: "50" }] })],
    own: (name, input) => tool(`mcp__loopty__${name}`, input),
  },
  {
    name: "gemini",
    form: geminiForm,
    keyName: "GEMINI_API_KEY",
    urlName: "GOOGLE_GEMINI_BASE_URL",
    goesOn: false,
    edits: [
      tool("read_file", { file_path: FILE }),
      tool("replace", {
        file_path: FILE,
        instruction: "Make it smaller",
        old_string: "90",
        new_string: "50",
      }),
    ],
    own: (name, input) => tool(`mcp_loopty_${name}`, input),
  },
];

describe("a run of a command line", () => {
  it.each(PRESETS)(
    "$name edits, benches, mends, finishes and analyses on two levels, and is billed to the token",
    async (preset) => {
      const { name, form, keyName, urlName, goesOn } = preset;
      const options = { key: KEY, model: MODEL, script: scriptWith(preset) };
      await using model = await ScriptedModel.start(form, options);
      const agent = `{ kind: command, preset: ${name}, model: ${MODEL} }`;
      await using run = await openCommandRun(commandProject(agent, 3), {
        [keyName]: KEY,
        [urlName]: model.url,
      });
      const { nodes } = await run.grow("new");
      expect(nodes.map(({ id, verdict, description }) => [id, verdict, description])).toEqual([
        ["1", null, expect.any(String)],
        ["1.1", "improved", "Ten less"],
        ["1.2", "improved", "Five less"],
        ["1.1.1", "improved", "Nearly the half of it"],
      ]);
      expect(nodes.map(({ metrics }) => metrics.cost)).toEqual([100, 90, 95, 50]);
      expect(nodes.map(({ repairs }) => repairs)).toEqual([0, 0, 1, 0]);
      expect(nodes.slice(1).map(({ analysis }) => analysis)).toEqual([
        "I read that 1.1 is improved.",
        "I read that 1.2 is improved.",
        "I read that 1.1.1 is improved.",
      ]);

      const stored = await run.project.project.openRun(1);
      const diffs = nodes.slice(1).map(({ id }) => stored.readNodeFile(id, "diff.patch"));
      expect(
        (await Promise.all(diffs)).map((diff) => /^-\d+\n\+\d+$/m.exec(String(diff))?.[0]),
      ).toEqual(["-100\n+90", "-100\n+95", "-90\n+50"]);
      expect(model.refusals).toEqual([]);
      expect(nodes.reduce((sum, { usage }) => sum + usage.tokens, 0)).toBe(model.billedTokens);
      for (const { id, usage, parent } of nodes) {
        if (parent === null) continue;
        const transcript = await stored.readNodeFile(id, "transcript.jsonl");
        expect(usageOfWire(transcript ?? Buffer.alloc(0), null).usage.tokens, id).toBe(
          usage.tokens,
        );
      }

      const repair = model.said.find((said) => said.includes("Mend the change"));
      expect(repair?.includes(BREAKS)).toBe(goesOn);
      const told = model.said.join("\n");
      expect(told).toMatch(/cost: 100 to 90/);
      expect(told).toMatch(/cost: 90 to 50/);
      expect(told).toContain("1.1 on 1: improved; cost 90; Ten less");
      expect(told).toContain("LOOPTY_TOKEN=loopty-");
      expect(told).toMatch(/ lo: /);
      expect(told).not.toMatch(/eth\d/);
      expect(told).not.toContain(KEY);
      const grep = promisify(execFile)("grep", ["-rlF", KEY, run.project.directory]);
      await expect(grep).rejects.toMatchObject({ code: 1, stdout: "" });
    },
  );
});
