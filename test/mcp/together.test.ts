import { EventEmitter, once } from "node:events";
import { describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../src/cli/system-clock.ts";
import { optimize } from "../../src/loop/optimize.ts";
import { fakeWorld } from "../cli/fake-world.ts";
import { testProject } from "../loop/fake-project.ts";
import { IdeaAgent } from "../loop/idea-agent.ts";
import { VirtualTime } from "../sandbox/fake/virtual-time.ts";
import { measureBaseline, openSession, PROTOCOLS } from "./agent-session.ts";

/** Time that a run's work takes none of, while it looks after its orders as it does in the world. */
class LookingTime extends VirtualTime {
  override async *ticks(intervalMs: number, signal: AbortSignal): AsyncGenerator<void> {
    yield* SYSTEM_CLOCK.ticks(intervalMs, signal);
  }
}

describe("clients beside a loopty that grows the run", () => {
  it("hand their changes to it, and each learns of all verdicts, and of what happens meanwhile", async () => {
    const project = await testProject({
      yaml: "budget: { experiments: 1 }\n",
      time: new LookingTime(),
    });
    await measureBaseline(project);
    const started: unknown[] = [];
    const sessions = await Promise.all(
      PROTOCOLS.map((protocol) => {
        const world = fakeWorld(project.directory, {
          processes: project.newProcess(),
          newUuid: () => crypto.randomUUID(),
          startDetached: (args) => void started.push(args),
        });
        return openSession(project, protocol, null, world);
      }),
    );
    const steps = new EventEmitter();
    const edits = once(steps, "edits");
    const steered = () => project.events.filter(({ type }) => type === "steered").length;
    const agent = new IdeaAgent(() => ({
      write: { "src/cost": "95\n" },
      before: async () => {
        steps.emit("edits");
        await expect.poll(steered, { timeout: 30_000 }).toBe(3);
      },
    }));
    const run = project.withRun(agent, 1, (opened, signal) => optimize(opened, signal));
    await edits;

    const receipts = await Promise.all(
      sessions.map(({ call }, index) =>
        call("try", {
          from: "1",
          why: `change of client ${index}`,
          files: [{ path: "src/cost", content: `${90 - index}\n` }],
        }),
      ),
    );
    const changes = receipts.map(({ json }) => json.change);
    expect(changes.toSorted()).toEqual([1, 2, 3]);
    const waits = sessions.map(async ({ call }) => {
      const told: string[] = [];
      const since = { since: receipts[0]?.json.cursor, changes: [1, 2, 3] };
      const { json } = await call("wait", since, (message) => told.push(message));
      return { told, json };
    });
    await run;
    for (const { told, json } of await Promise.all(waits)) {
      expect(json).toMatchObject({
        changes: [1, 2, 3].map((change) => ({ change, state: "finished", verdict: "improved" })),
      });
      expect(told).not.toEqual([]);
      expect(told.filter((message) => !/^1(\.\d)? /.test(message))).toEqual([]);
    }
    const { nodes } = await project.stored(1);
    expect(nodes.map(({ order }) => order).toSorted()).toEqual([1, 2, 3, null, null]);
    expect(agent.opened).toHaveLength(1);
    expect(started).toEqual([]);
  });
});
