import fc from "fast-check";
import { expect } from "vitest";
import type { Agent, AgentTask } from "../../../src/agent/agent.ts";
import { HISTORY_FILE } from "../../../src/core/prompt/history.ts";
import { contextFor } from "../../../src/loop/agents/context.ts";
import { toldFiles } from "../../../src/loop/agents/told-files.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import type { DisposableRun } from "../../../src/loop/run/start.ts";
import { openFakeProject } from "../../loop/fake-project.ts";
import { type Idea, IdeaAgent } from "../../loop/idea-agent.ts";
import { type FakeProgram, HEADER } from "../../sandbox/fake/fake-program.ts";
import { attack } from "../attack.ts";

const SECRET = "the answer is 4242";
const CODE = 117;
/** By what a message would be known in any text: its words, and the exit code that stands for it. */
const MARKS = /answer is|exited with|\b117\b/;

const WAYS = [
  "cell",
  "header",
  "line",
  "exit",
  "hang",
  "hog",
  "none",
  "faster",
  "slower",
  "verify",
];
type Way = (typeof WAYS)[number];

/** Code under test that has read what is hidden, and tells it by each way there is. */
function tellingProgram(): FakeProgram {
  const wayOf = (files: Readonly<Record<string, string>>) => (files["src/way"] ?? "").trim();
  const log = `${SECRET}\n`;
  return {
    build: () => ({ durationMs: 10, end: 0, log: "built\n", outputs: [] }),
    verify: (files) => ({ durationMs: 10, end: wayOf(files) === "verify" ? CODE : 0, log }),
    benchmark: (files) => {
      const rows: Readonly<Record<Way, readonly string[]>> = {
        cell: [HEADER, `1,${SECRET}\n`],
        header: [`iteration,${SECRET}\n`, "1,100\n"],
        line: [HEADER, `1,100\n${SECRET},1,1\n`],
        none: [],
        faster: [HEADER, "1,50\n"],
        slower: [HEADER, "1,200\n"],
      };
      const way = wayOf(files);
      const ends = { exit: CODE, hang: "hangs", hog: "hogs" } as const;
      const end = way === "exit" || way === "hang" || way === "hog" ? ends[way] : 0;
      return { durationMs: 10, end, log, rows: rows[way] ?? [HEADER, "1,100\n"] };
    },
  };
}

/** Runs with agents that try these ways one after the other; resolves to every text that left for one of them. */
async function textsFor(ways: readonly Way[]) {
  const texts: string[] = [];
  const told = (value: unknown) => void texts.push(JSON.stringify(value));
  await using project = await openFakeProject({
    program: tellingProgram(),
    yaml: "agent: { kind: claude, max_failures: 50 }\nsearch: { explore: 1, max_children: 50 }\nbudget: { experiments: 50 }\ncontext: all\n",
    files: { "src/way": "start\n" },
  });
  const idea = (task: AgentTask): Idea | null => {
    const way = ways[task.nodes.length - 1];
    if (way === undefined) return null;
    told([task.parent, task.nodes]);
    return {
      write: { "src/way": `${way}\n`, [`src/note${task.nodes.length}`]: "1\n" },
      before: async (session) => told((await session.readFile(HISTORY_FILE))?.toString()),
    };
  };
  const reading = (inner: IdeaAgent): Agent => ({
    paidModel: null,
    open: async (task) => {
      const conversation = await inner.open(task);
      return conversation && { ...conversation, readsHistory: true };
    },
  });
  const contexts = async (run: DisposableRun) => {
    const { problem, records } = run;
    const { project: stored, store } = records;
    told((await toldFiles(run)).map(({ path, content }) => [path, content.toString()]));
    for (const node of store.nodes) {
      told(
        await contextFor(
          { problem, project: stored, filesOf: async () => [] },
          store,
          node,
          node.id,
        ),
      );
    }
  };
  const first = new IdeaAgent(idea);
  const people = await project.withRun(reading(first), "new", async (run, signal) => {
    await optimize(run, signal);
    await contexts(run);
    return run.records.store.nodes.map(({ reason }) => reason).join("\n");
  });
  told([first.failures, first.analysed]);
  const second = new IdeaAgent(() => null);
  await project.withRun(reading(second), "new", contexts);
  return { texts, people };
}

attack(
  {
    case: "133",
    title: "code under test that tells what is hidden by cells, headers, rows, exit codes and time",
    outcome: "people are told; whatever leaves for an agent has fixed words for each verdict",
  },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(WAYS, { minLength: 4 }), async (ways) => {
        const { texts, people } = await textsFor(ways);
        expect(texts.flatMap((text) => MARKS.exec(text)?.[0] ?? [])).toEqual([]);
        expect(texts.join()).toContain("experiment_rules");
        if (ways.includes("cell")) expect(people).toContain(SECRET);
        if (ways.includes("exit")) expect(people).toContain(`exited with ${CODE}`);
        if (ways.includes("verify")) expect(people).toContain(`verify exited with ${CODE}`);
      }),
      { numRuns: 4, seed: 4242 },
    );
  },
);
