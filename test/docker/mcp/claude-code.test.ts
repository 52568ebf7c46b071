import { execFile, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plainClaudeCode } from "../../anthropic/claude-code.ts";
import { type Reply, says, text, use } from "../../anthropic/reply.ts";
import { type Asked, StrictServer } from "../../anthropic/server.ts";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject, type TestProject } from "../project.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PACKAGE = "@anthropic-ai/claude-code@2.1.197";
const KEY = "sk-ant-mcp-0123456789abcdef";

/** A name in capitals is a tool of the client's own. */
type Step = readonly [tool: string, args: Record<string, unknown>, repeatUntil?: RegExp];

const tried = (from: string, size: number) =>
  [
    "try",
    { from, why: `size ${size}`, files: [{ path: "src/size", content: `${size}\n` }] },
  ] as const;

/** What the model asks for, session by session. A step is asked for again until its result is as it says. */
const SESSIONS: Readonly<Record<string, readonly Step[]>> = {
  "the first": [
    ["status", {}],
    ["run_start", { experiments: 0 }],
    ["wait", { jobs: [1] }, /nothing is under way/],
    tried("root", 90),
    tried("root", 110),
  ],
  "the second": [
    ["Skill", { skill: "loopty:loopty" }],
    ["status", {}],
    ["wait", { changes: [1, 2] }, /nothing is under way/],
    tried("1.1", 60),
    ["wait", { changes: [3] }, /nothing is under way/],
    ["tree", {}],
  ],
};

/** A model that follows such a plan, and then says nothing more in the first session, as it is killed there. */
function planned() {
  const at = new Map<string, number>();
  const results: string[] = [];
  const script = ({ body, opening, last, turn }: Asked): Reply => {
    const session = Object.keys(SESSIONS).find((name) => opening.includes(`${name} session`));
    const tools = JSON.stringify(body.tools ?? []).match(/mcp__\w*?__(?=status")/);
    if (session === undefined || tools === null) return says(text("Nothing to say."));
    const steps = SESSIONS[session] ?? [];
    let next = at.get(session) ?? 0;
    if (turn > 0) {
      results.push(last);
      if (steps[next]?.[2]?.test(last) ?? true) next++;
      at.set(session, next);
    }
    const step = steps[next];
    if (step !== undefined) {
      const [tool, args] = step;
      return says(use(/^[A-Z]/.test(tool) ? tool : `${tools[0]}${tool}`, args));
    }
    return session === "the first" ? { kind: "silence" } : says(text("All done."));
  };
  return { script, results };
}

describe("Claude Code with loopty's plugin", () => {
  let folder: string;
  let project: TestProject;
  let server: StrictServer;
  const model = planned();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loopty-claude-code-"));
    await promisify(execFile)("npm", ["install", "--prefix", folder, PACKAGE]);
    // As an installed loopty is on the path.
    await mkdir(join(folder, "bin"));
    const program = join(folder, "bin/loopty");
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${ROOT}dist/main.js' "$@"\n`);
    await chmod(program, 0o755);
    project = await openTestProject(shellProject());
    server = await StrictServer.start(model.script, KEY, plainClaudeCode);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await project?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (name: string) => {
    const args = ["--print", `This is ${name} session: make it small.`, "--plugin-dir", ROOT];
    const child = spawn(
      join(folder, "node_modules/.bin/claude"),
      [...args, "--allowedTools", "mcp__plugin_loopty_loopty,Skill", "--model", "claude-opus-5-5"],
      {
        cwd: project.directory,
        // A group of its own, which a kill takes as a whole: the client and its servers.
        detached: true,
        stdio: ["ignore", "pipe", "inherit"],
        env: {
          PATH: [join(folder, "bin"), process.env.PATH].join(delimiter),
          HOME: folder,
          ANTHROPIC_BASE_URL: server.url,
          ANTHROPIC_API_KEY: KEY,
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
          ENABLE_TOOL_SEARCH: "false",
          // It would begin while its servers still start, and ask for their tools when they are there.
          MCP_CONNECTION_NONBLOCKING: "false",
        },
      },
    );
    const said: string[] = [];
    child.stdout.on("data", (chunk) => said.push(String(chunk)));
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return { said, ended, kill: () => process.kill(-(child.pid ?? 0), "SIGKILL") };
  };

  it("tries changes from two parents, is killed in the middle, and finds all verdicts when it is back", async () => {
    const first = open("the first");
    await expect
      .poll(() => model.results.join("\n"), { timeout: 180_000, interval: 100 })
      .toContain("change 2 is handed in");
    first.kill();
    await first.ended;

    const second = open("the second");
    expect(await second.ended).toBe(0);
    expect(second.said.join("")).toBe("All done.\n");
    expect(server.refusals).toEqual([]);
    const { nodes } = await project.project.openRun(1);
    expect(
      nodes.map(({ id, verdict, description, metrics }) => [
        id,
        verdict,
        description,
        metrics.cost,
      ]),
    ).toEqual([
      ["1", null, expect.any(String), 100],
      ["1.1", "improved", "size 90", 90],
      ["1.2", "worse", "size 110", 110],
      ["1.1.1", "improved", "size 60", 60],
    ]);
    expect(model.results.at(-1)).toContain("1.1.1");
    // What the plugin brings beside the server.
    expect(model.results.join("\n")).toContain("Launching skill: loopty:loopty");
  });
});
