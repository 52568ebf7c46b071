import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { CommandConversation, type Prompt } from "../../../src/agent/command/conversation.ts";
import { NodeTools } from "../../../src/agent/command/node-tools.ts";
import { CONVERSATION_DEFAULTS } from "../../../src/agent/conversation/options.ts";
import { NO_EQUIPMENT } from "../../../src/agent/equipment.ts";
import type { AgentSession } from "../../../src/agent/session.ts";
import { Tunnel } from "../../../src/agent/tunnel/tunnel.ts";
import { UNKNOWN_WORKBENCH } from "../../../src/core/prompt/workbench.ts";
import { says, text } from "../../anthropic/reply.ts";
import { StrictServer } from "../../anthropic/server.ts";
import { experimentNode, METRICS } from "../experiment-node.ts";
import { ask, KEY, leaseOf, MODEL, openGateway } from "../gateway/lab.ts";
import { MemorySession } from "../memory-session.ts";
import { pipeEnds } from "../tunnel/pipe.ts";

const NO_SIGNAL = new AbortController().signal;
const FAILURE = { step: "build", reason: "exit code 2", log: "a.c:1: boom\n" } as const;
const SESSION_FILE = "/tmp/loopty-session.tar";

/** What a command line does with its arguments: it gives an exit code, and says what it was asked to say. */
type Behaviour = (argv: readonly string[]) => Promise<number>;

/** A container whose command line is a function. Its shell does nothing, and what it says of itself is always the same. */
function sessionOf(behave: Behaviour): AgentSession {
  const files = new MemorySession({ [SESSION_FILE]: "all that was said" });
  return {
    readFile: (path) => files.readFile(path),
    writeFile: (path, content) => files.writeFile(path, content),
    deleteFile: (path) => files.deleteFile(path),
    run: async () => ({ exitCode: 0, output: "", timedOut: false }),
    start: async ({ argv, user }) => {
      const [near, far] = pipeEnds();
      if (user === "helper") {
        new Tunnel(far, { onEnd: () => {} }).announce();
        return { stream: near, errors: () => "", exited: new Promise(() => {}) };
      }
      // All that was printed is read before the exit code is there.
      const exited = behave(argv).then(async (code) => {
        far.end("Done.\n");
        await once(near, "end");
        return code;
      });
      return { stream: near, errors: () => "", exited };
    },
  };
}

/** A conversation whose command line starts with `goes-on` where it goes on with a session, and with `anew` elsewhere. */
async function openConversation(sessionFolder: string | null) {
  const server = await StrictServer.start(
    ({ last }) => says(text(last.includes("Answer in plain text") ? "It held." : "Hello.")),
    KEY,
  );
  const lease = leaseOf(1_000_000);
  const lab = await openGateway({ baseUrl: server.url, lease });
  const tools = new NodeTools({
    options: { build: { command: "make", timeoutMs: 1_000 }, run: CONVERSATION_DEFAULTS.run },
    maxBenches: 3,
    workbench: UNKNOWN_WORKBENCH,
    quickBench: () => Promise.reject(new Error("no benchmark")),
  });
  const conversation = new CommandConversation({
    id: "1.1",
    model: MODEL,
    protocol: "anthropic",
    output: "text",
    repairs: 2,
    equipment: NO_EQUIPMENT,
    context: { system: "the system", shared: "the statement", task: "the task" },
    gateway: lab.gateway,
    tools,
    used: () => lease.used,
    argvFor: ({ text: words, goesOn }: Prompt) => [goesOn ? "goes-on" : "anew", words],
    sessionFolder,
    env: {},
    journal: async (news) => void lab.journal.push(news),
  });
  const started: string[][] = [];
  /** Its command line asks once and ends well; one that goes on may be unable to. */
  const session = (canGoOn = true) =>
    sessionOf(async (argv) => {
      const [how = "", words = ""] = argv.slice(-2);
      started.push([how, words]);
      if (how === "goes-on" && !canGoOn) return 2;
      await (await lab.post("/v1/messages", ask(words))).text();
      return 0;
    });
  return {
    conversation,
    session,
    started,
    server,
    lease,
    [Symbol.asyncDispose]: async () => {
      await lab[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("a conversation by a command line", () => {
  it("goes on with its session where a failure comes back, and its model writes the analysis", async () => {
    await using lab = await openConversation(".cli/sessions");
    const { conversation, started, server, lease } = lab;
    const edited = await conversation.edit(lab.session(), NO_SIGNAL);
    expect(edited).toMatchObject({ kind: "proposed", description: "Done." });
    const repaired = await conversation.repair(FAILURE, lab.session(), NO_SIGNAL);
    expect(repaired).toMatchObject({ kind: "proposed", description: "Done." });
    expect(started).toEqual([
      ["anew", expect.stringContaining("the statement")],
      ["goes-on", expect.stringMatching(/build failed on your change: exit code 2[\s\S]*boom/)],
    ]);
    expect(started[1]?.[1]).not.toContain("the statement");

    const node = experimentNode("1.1", { verdict: "tie", reason: "no difference" });
    const analysis = await conversation.analyse(node, METRICS, NO_SIGNAL);
    expect(analysis.text).toBe("It held.");
    expect(server.refusals).toEqual([]);
    const sum = edited.usage.tokens + repaired.usage.tokens + analysis.usage.tokens;
    expect([sum, lease.used.tokens]).toEqual([server.billedTokens, server.billedTokens]);
  });

  it("begins anew, and is told all of it, where it cannot go on", async () => {
    for (const [folder, starts] of [
      [null, ["anew", "anew"]],
      [".cli/sessions", ["anew", "goes-on", "anew"]],
    ] as const) {
      await using lab = await openConversation(folder);
      await lab.conversation.edit(lab.session(), NO_SIGNAL);
      const session = lab.session(false);
      expect(await lab.conversation.repair(FAILURE, session, NO_SIGNAL)).toMatchObject({
        kind: "proposed",
      });
      expect(lab.started.map(([how]) => how)).toEqual(starts);
      expect(lab.started.at(-1)?.[1]).toMatch(
        /the statement[\s\S]*build failed on it: exit code 2/,
      );
    }
  });

  it("has the verdict as its analysis where its model was never asked", async () => {
    await using lab = await openConversation(null);
    const node = experimentNode("1.1", { verdict: "tie", reason: "no difference" });
    expect(await lab.conversation.analyse(node, METRICS, NO_SIGNAL)).toMatchObject({
      text: "tie: no difference.",
      usage: { tokens: 0 },
    });
  });
});
