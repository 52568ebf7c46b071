import { z } from "zod";
import { UserError } from "../../core/error.ts";
import { runOf } from "../../core/tree/id.ts";
import { isUnderWay, type JobWork } from "../../store/job.ts";
import type { Desk } from "../desk.ts";
import type { Reply } from "../reply.ts";
import { workText } from "../under-way.ts";
import { nodeInput } from "./looking.ts";
import { type AddTool, tool } from "./tool.ts";

/** Each is a process. */
const MOST_JOBS = 8;
const MOST_EXPERIMENTS = 100_000;

/** JobWork that takes long: each answers at once with a job's number. */
export function workingTools(desk: Desk): AddTool[] {
  return [
    tool({
      name: "run_start",
      title: "Start a run",
      description:
        "Measures a baseline and lets loopty's own agent grow a tree from it, within a budget that you must name. experiments: 0 measures the baseline alone, needs no model and no key, and is how a project begins whose changes you hand in by try.",
      input: z.strictObject({
        experiments: z
          .int()
          .min(0)
          .max(MOST_EXPERIMENTS)
          .describe("how many experiments at most; 0 for the baseline alone"),
        tokens: z
          .int()
          .min(0)
          .optional()
          .describe("of loopty's own agent at most; needed unless experiments is 0"),
        minutes: z
          .number()
          .positive()
          .max(100_000)
          .optional()
          .describe("end in so long, with the result measured"),
        from: nodeInput
          .optional()
          .describe("start from this node's files, not from the workspace's"),
        resume: z.boolean().optional().describe("go on with the last run instead"),
      }),
      reach: "adds",
      call: async ({ experiments, tokens, minutes, from, resume = false }) => {
        if (experiments > 0 && tokens === undefined) {
          throw new UserError("tokens is needed: a run of loopty's own agent has a budget");
        }
        if (from !== undefined && resume)
          throw new UserError("from is of a new run: leave resume out");
        return start(desk, {
          kind: "run",
          from: from === undefined ? null : (await desk.find(from)).node.id,
          resume,
          experiments,
          tokens: tokens ?? null,
          maxTimeMs: minutes === undefined ? null : minutes * 60_000,
        });
      },
    }),
    tool({
      name: "compare",
      title: "Compare two nodes",
      description: "Measures any two nodes of a run against each other afresh, in 20 pairs.",
      input: z.strictObject({ from: nodeInput, to: nodeInput }),
      reach: "adds",
      call: async (input) => {
        const [from, to] = [
          (await desk.find(input.from)).node.id,
          (await desk.find(input.to)).node.id,
        ];
        if (runOf(from) !== runOf(to))
          throw new UserError(`${from} and ${to} are of different runs`);
        return start(desk, { kind: "compare", from, to });
      },
    }),
    tool({
      name: "reproduce",
      title: "Reproduce a node",
      description:
        "Measures a node again from its image, and says whether that agrees with its record.",
      input: z.strictObject({ id: nodeInput }),
      reach: "adds",
      call: async ({ id }) => start(desk, { kind: "reproduce", id: (await desk.find(id)).node.id }),
    }),
    tool({
      name: "doctor",
      title: "Examine the project",
      description:
        "Checks engine, config, build, verify and benchmark, and says what to mend first. how: measure says what verdicts are worth on this machine; how: attack sends harmless cheats through the grader and says which it would believe.",
      input: z.strictObject({ how: z.enum(["check", "measure", "attack"]).optional() }),
      reach: "adds",
      call: ({ how = "check" }) => start(desk, { kind: "doctor", how }),
    }),
  ];
}

/** Looking at a project before anything is started. */
export function initCheckTool(desk: Desk): AddTool {
  return tool({
    name: "init_check",
    title: "What the project still needs",
    description:
      "Looks at loopty.yaml and the files that it names, without an engine: what is missing, what may be changed, whether the grader is hidden. Then doctor tries it all.",
    input: z.strictObject({}),
    reach: "looks",
    call: () => desk.ask({ command: "init_check" }),
  });
}

async function start(desk: Desk, work: JobWork): Promise<Reply> {
  const jobs = (await (await desk.project())?.jobs.jobs()) ?? [];
  const underWay = jobs.filter(isUnderWay).length;
  if (underWay >= MOST_JOBS) {
    throw new UserError(`${underWay} jobs are under way`, { hint: "wait until some have ended" });
  }
  const job = await desk.start(work);
  return {
    text: `job ${job} ${workText(work)}\nits result: wait { "jobs": [${job}] }`,
    json: { job, work },
  };
}
