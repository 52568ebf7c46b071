import { chooseAgent } from "../../../src/agent/choose.ts";
import type { OpenAgent } from "../../../src/agent/host.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { optimize } from "../../../src/loop/optimize.ts";
import { openTestProject } from "../project.ts";

/** A project of shell scripts whose metric is exact: the number in `src/size`. A command line changes it. */
export function commandProject(agent: string, experiments: number): Record<string, string> {
  return {
    "loopty.yaml": `
name: command-${crypto.randomUUID().slice(0, 8)}
statement: make it small
access: { writable: [src/] }
sandbox: { memory: 3g, pids: 256, disk: 256m }
commands: { build: sh build.sh, benchmark: sh bench.sh }
agent: ${agent}
search: { policy: breadth, max_children: 2, max_depth: 2 }
budget: { tokens: 3_000_000, experiments: ${experiments} }
rate_limit: { experiments: none, requests: none }
`,
    "src/size": "100\n",
    "build.sh": "grep -q . src/size && cp src/size built-size\n",
    "bench.sh": `echo 'iteration,cost (lower is better)' > "$LOOPTY_METRICS"
for i in 1 2 3; do echo "$i,$(cat built-size)" >> "$LOOPTY_METRICS"; done
sleep 0.1
`,
  };
}

/** The project on the real engine, and a run of its agent with such an environment of loopty. */
export async function openCommandRun(files: Record<string, string>, env: Record<string, string>) {
  const project = await openTestProject(files);
  const agent: OpenAgent = async (host) => {
    const { config } = await loadConfig({ directory: project.directory });
    return (await chooseAgent(config, env))(host);
  };
  return {
    project,
    grow: (number: "new" | number) =>
      project.withRun(agent, number, async (run, signal) => {
        const ending = await optimize(run, signal);
        return { ending, nodes: run.records.store.nodes };
      }),
    [Symbol.asyncDispose]: () => project[Symbol.asyncDispose](),
  };
}
