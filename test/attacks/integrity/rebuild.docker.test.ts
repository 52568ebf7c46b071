import { afterAll, beforeAll, describe, expect } from "vitest";
import { parseReplay } from "../../../src/agent/replay/file.ts";
import { Replay } from "../../../src/agent/replay/replay.ts";
import { homeMachine } from "../../../src/config/machines.ts";
import type { ExperimentNode } from "../../../src/core/tree/node.ts";
import { measureResult, type Result } from "../../../src/loop/comparing/result.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { sandboxSettings } from "../../../src/loop/run/sandbox-settings.ts";
import { DockerMachine } from "../../../src/sandbox/docker-machine.ts";
import { DockerSandbox } from "../../../src/sandbox/docker-sandbox.ts";
import { openTestProject, type TestProject } from "../../docker/project.ts";
import { attack } from "../attack.ts";

// A limit that changes between the two stands for the clock, by which a build would tell the first time from the second.
const firstTime = "[ $(ulimit -f) -eq 131072 ]";
const edit = (description: string, script: string) =>
  `  - { parent: "1", description: ${description}, changes: [{ path: src/make.sh, content: "${script}\\n" }] }`;
const EDITS = `version: 1
edits:
${edit("honest", "echo 90")}
${edit("wrong when built again", `${firstTime} && echo 80 || echo 1`)}
${edit("builds only once", `${firstTime} && echo 70`)}
${edit("gains nothing when built again", `${firstTime} && echo 60 || echo 100`)}
`;

const FILES = {
  "loopty.yaml": `
name: rebuild-${crypto.randomUUID().slice(0, 8)}
statement: make it small
access: { writable: [src/] }
sandbox: { memory: 256m, pids: 64, disk: 64m }
commands:
  build: sh src/make.sh > cost
  verify: test $(cat cost) -ge 50
  benchmark: (echo 'iteration,cost (lower is better)'; echo "1,$(cat cost)") > "$LOOPTY_METRICS"
agent: { kind: replay, from: edits.yaml, repairs: 0 }
budget: { experiments: 4 }
rate_limit: { experiments: none }
`,
  "edits.yaml": EDITS,
  "src/make.sh": "echo 100\n",
};

describe("builds that make something else the second time", () => {
  let project: TestProject;
  let result: Result | null;
  let nodes: readonly ExperimentNode[];
  beforeAll(async () => {
    project = await openTestProject(FILES);
    const agent = new Replay(parseReplay(EDITS, "edits.yaml"), 2);
    await project.withRun(agent, "new", async (run, signal) => {
      await optimize(run, signal);
      const { config } = run.problem;
      const tight = { ...config, sandbox: { ...config.sandbox, diskBytes: 65 * 1024 ** 2 } };
      const { engine } = project;
      const machine = new DockerMachine(engine);
      const { owner } = run.records;
      const settings = sandboxSettings(
        { config: tight, machine, cpus: homeMachine(config), project: project.project, owner },
        1,
      );
      await using sandbox = new DockerSandbox({ ...settings, engine }, run.lab.sandbox.base);
      result = await measureResult({ ...run, lab: { ...run.lab, sandbox } }, signal);
      nodes = run.records.store.nodes;
    });
  });
  afterAll(async () => project?.[Symbol.asyncDispose]());

  const nodeOf = (id: string) => nodes.find((node) => node.id === id);
  const withdrawn = (reason: string) => ({ verdict: "inconclusive", reason });

  attack(
    {
      case: "123",
      title: "a build that makes something else once the search is over",
      outcome: "verify sees the clean rebuild too; the next best node gives the result",
    },
    () => {
      expect(nodeOf("1.2")).toMatchObject(
        withdrawn("a clean rebuild of it gives no result: verify exited with 1"),
      );
      expect(result?.champion.id).toBe("1.1");
      expect(result?.comparison.metrics[0]).toMatchObject({ value: 90, against: 100 });
    },
  );

  attack(
    {
      case: "124",
      title: "a champion that does not build any more",
      outcome: "costs that node its gain, and not the run its result",
    },
    () => {
      expect(nodeOf("1.3")).toMatchObject(
        withdrawn("a clean rebuild of it gives no result: the build exited with 1"),
      );
    },
  );

  attack(
    {
      case: "125",
      title: "a lineage whose gain is gone when it is measured afresh",
      outcome: "taken back, as the root is not beaten by what its steps add up to",
    },
    () => {
      expect(nodeOf("1.4")).toMatchObject(
        withdrawn(
          "measured afresh against the root: cost 0.0 % (0.0 % to 0.0 %), where its steps add up to -40.0 %",
        ),
      );
    },
  );
});
