import { toldEvent } from "../core/prompt/told-event.ts";
import { isHiding, toldNode } from "../core/prompt/told-node.ts";
import { accessOfRun } from "../store/run-record.ts";
import type { StoredRun } from "../store/stored-run.ts";

/** What is in them was made without the hidden files. */
const OPEN_FILES: ReadonlySet<string> = new Set(["diff.patch", "build.log"]);

/** A run as an agent may know it. Everything that leaves for somebody else's agent is read through this. */
export function toldRun(run: StoredRun): StoredRun {
  const access = accessOfRun(run.record);
  const told = ({ entries, lostLines }: Awaited<ReturnType<StoredRun["events"]>>) => ({
    entries: entries.map((event) => toldEvent(event, access)).filter((event) => event !== null),
    lostLines,
  });
  return {
    record: run.record,
    nodes: run.nodes.map((node) => toldNode(node, access)),
    steering: run.steering,
    node: (id) => {
      const node = run.node(id);
      return node === null ? null : toldNode(node, access);
    },
    readNodeFile: async (id, name) =>
      isHiding(access) && !OPEN_FILES.has(name) ? null : run.readNodeFile(id, name),
    events: async () => told(await run.events()),
    milestones: async () => told(await run.milestones()),
  };
}
