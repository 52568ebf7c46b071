import { execFileSync } from "node:child_process";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { parseRecording } from "../../../src/agent/conversation/recording/recording.ts";
import { AgentFailure } from "../../../src/agent/failure.ts";
import { run } from "../../../src/cli/commands/running/run.ts";
import { tryOwn } from "../../../src/cli/commands/running/try.ts";
import { exportNode } from "../../../src/cli/commands/taking/export.ts";
import { exportRecording } from "../../../src/cli/export/recording.ts";
import { writeWholeFile } from "../../../src/store/files/atomic-file.ts";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { Lab, NO_SIGNAL } from "../../agent/conversation/lab.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import type { FakeWorld } from "../../cli/fake-world.ts";
import { MINIMAL } from "../../config/minimal.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { complaintOf, newRun } from "./complaint.ts";

/** What the model streams: one call of a tool with this input. */
function answerWith(input: string): Response {
  const usage = { input_tokens: 1, output_tokens: 1 };
  const message = { id: "m", type: "message", role: "assistant", model: "m", content: [], usage };
  const call = { type: "tool_use", id: "t", name: "read_file", input: {} };
  const events = [
    { type: "message_start", message: { ...message, stop_reason: null, stop_sequence: null } },
    { type: "content_block_start", index: 0, content_block: call },
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "input_json_delta", partial_json: input },
    },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage },
    { type: "message_stop" },
  ];
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  return new Response(text.join(""), { headers: { "content-type": "text/event-stream" } });
}

describe("files that loopty is given", () => {
  attack(
    {
      case: "116",
      title:
        "a config, recording or patch that is a device, a pipe, or nested a million levels deep",
      outcome: "refused with its name: no memory is filled, no stack overflows, nothing waits",
    },
    async () => {
      const { world } = await newRun();
      const at = (name: string) => join(world.cwd, name);
      const start = (there: FakeWorld) => run(there, {});
      const replays = `${MINIMAL}agent: { kind: replay, from: edits.yaml }\n`;
      execFileSync("mkfifo", [at("pipe")]);
      symlinkSync("/dev/zero", at("device"));
      mkdirSync(at("folder"));
      for (const [name, yaml] of [
        ["loopty.yaml", null],
        ["problem.md", MINIMAL.replace(/^statement:.*$/m, "statement_file: problem.md")],
        ["edits.yaml", replays],
      ] as const) {
        if (yaml !== null) writeFileSync(at("loopty.yaml"), yaml);
        for (const target of ["pipe", "device", "folder"]) {
          execFileSync("ln", ["-sfn", target, at(name)]);
          expect(await complaintOf(world, start)).toMatch(
            new RegExp(`^2 error: .*${name}:? (it )?is not a (plain )?file\n`),
          );
        }
        execFileSync("rm", [at(name)]);
      }
      writeFileSync(at("loopty.yaml"), replays);
      const deep = 1_000_000;
      for (const text of ["[", "? ", "- ", "{a: ", "a: ", "[? "].map((part) =>
        part.repeat(deep / part.length),
      )) {
        writeFileSync(at("edits.yaml"), text);
        expect(await complaintOf(world, start)).toContain(
          "edits.yaml is not a recording:\n  line 1: nested deeper than 64 levels",
        );
      }
      const change = { from: "1", message: "why" };
      const given = (path: string) => (there: FakeWorld) =>
        tryOwn(there, { ...change, change: { kind: "patch", path } });
      expect(await complaintOf(world, given("device"))).toContain("device is larger than 64 MiB");
      expect(await complaintOf(world, given("folder"))).toContain("cannot read");
    },
  );

  attack(
    {
      case: "117",
      title: "an export onto a link, or beside links where its unfinished files would be",
      outcome: "the links are replaced or left out; what they lead to keeps its bytes",
    },
    async () => {
      const { world } = await newRun();
      const victim = join(world.cwd, "victim");
      writeFileSync(victim, "precious");
      const at = (name: string) => join(world.cwd, name);
      symlinkSync(victim, at("out.patch"));
      await exportNode(world, { id: "1.1", patch: "out.patch" });
      expect(lstatSync(at("out.patch")).isFile()).toBe(true);
      mkdirSync(at("full"));
      writeFileSync(at("full/mine"), "");
      symlinkSync("full", at("out"));
      await expect(exportNode(world, { id: "1.1", files: "out" })).rejects.toThrow("is not empty");
      symlinkSync(victim, at("run.jsonl"));
      await expect(exportRecording(world, { id: "1", recording: "run.jsonl" })).rejects.toThrow(
        "holds no conversation",
      );
      // Names of unfinished files are no secret: the process's number and how many came before.
      const folder = scratchFolder();
      for (let i = 0; i < 2000; i++)
        symlinkSync(victim, join(folder, `.a.${process.pid}-${i}.torn`));
      await writeWholeFile(join(folder, "a"), "new");
      expect(readFileSync(join(folder, "a"), "utf8")).toBe("new");
      expect(readFileSync(victim, "utf8")).toBe("precious");
      expect(readdirSync(at("full"))).toEqual(["mine"]);
    },
  );

  attack(
    {
      case: "118",
      title:
        "a patch of kilobytes that makes gigabytes: copies of a file, a literal larger than memory",
      outcome: "rejected with the limit, before anything of it is in memory",
    },
    async () => {
      const code = await CodeRepository.open(join(scratchFolder(), "code.git"), SEARCH_PATH);
      const large = { path: "a", mode: "100644", content: Buffer.alloc(10_000) } as const;
      const content = { files: [large], parentCommit: null, message: "m", branch: "loopty-1" };
      const { commit } = await code.commitFiles({ ...content, date: new Date(0) });
      const copyTo = (name: string) =>
        `diff --git a/a b/${name}\nsimilarity index 100%\ncopy from a\ncopy to ${name}\n`;
      const copies = Array.from({ length: 256 }, (_, i) => copyTo(`copy-${i}`)).join("");
      expect(await code.applyPatch(commit, Buffer.from(copies), 2 * 1024 ** 2)).toEqual({
        kind: "rejected",
        reason: "the files would be larger than 2 MiB",
      });
      const literal = `diff --git a/b b/b\nnew file mode 100644\nindex ${"0".repeat(40)}..${"1".repeat(40)}\nGIT binary patch\nliteral 99999999999\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n`;
      expect(await code.applyPatch(commit, Buffer.from(literal))).toMatchObject({
        kind: "rejected",
        reason: expect.stringContaining("over limit 268435456"),
      });
      expect(await code.applyPatch(commit, Buffer.from(copyTo("b")))).toMatchObject({
        kind: "applied",
        files: [large, { ...large, path: "b" }],
      });
    },
  );

  attack(
    {
      case: "119",
      title:
        "a model's answer or a recording nested ten thousand levels deep, and one of 50,000 lines",
      outcome:
        "the node fails, not loopty; the recording's line is named; the long one is read in a moment",
    },
    async () => {
      const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
      const never = () => {
        throw new Error("nobody asks the server");
      };
      await using lab = await Lab.open(never, {
        fetch: async () => answerWith(`{"path":${nested}}`),
      });
      const conversation = await lab.converse();
      await expect(conversation.edit(new MemorySession({}), NO_SIGNAL)).rejects.toBeInstanceOf(
        AgentFailure,
      );
      expect(lab.entries("outcome")).toMatchObject([
        { kind: "failed", text: expect.stringContaining("nested deeper than 32 levels") },
      ]);

      const opened = (system: string) =>
        `{"place":"1","entry":{"v":1,"at":"2026-01-01T00:00:00Z","type":"opened","id":"1.1","model":"m","system":${system},"tools":[]}}\n`;
      const failure = `{"place":"1","entry":{"v":1,"at":"2026-01-01T00:00:00Z","type":"failure","number":1,"reason":"","retryInMs":null,"tokens":"unknown"}}\n`;
      const head = `{"recording":1,"about":""}\n`;
      expect(() => parseRecording(`${head}${opened(nested)}`, "run.jsonl")).toThrow(
        "run.jsonl, line 2",
      );
      const text = `${head}${opened("[]")}${failure.repeat(50_000)}`;
      const before = process.cpuUsage();
      expect(parseRecording(text, "run.jsonl").models).toEqual(["m"]);
      // It took 90 s when each line copied those before it.
      expect(process.cpuUsage(before).user / 1e6).toBeLessThan(10);
    },
  );
});
