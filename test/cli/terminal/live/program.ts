import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { processWorld } from "../../../../src/cli/process-world.ts";
import { openProgress } from "../../../../src/cli/terminal/progress.ts";
import { parseId } from "../../../../src/core/tree/id.ts";
import { runRecord, shownEvents, shownNodes, told } from "./shown-run.ts";

// Shows a recorded run on the terminal it is started on, as `loopty run` does, then ends in the way it is asked for.

/** Longer than a frame lasts. */
const A_WHILE_MS = 300;
const AT = "2026-11-23T10:05:00Z";

const [ending = "return"] = process.argv.slice(2);
const world = { ...processWorld(new AbortController().signal), now: () => new Date(AT) };
// Not `using`: what restores the terminal must be its own doing.
const progress = await openProgress(world);
progress.step("preparing the sandbox");
await progress.watch({ record: runRecord(), nodes: shownNodes() });
for (const event of shownEvents()) progress.event(event);
for (const event of told(
  AT,
  { type: "warning", id: null, message: "\x1b[2J\x1b[Hhostile\r\n\u202etext" },
  {
    ...({ type: "node_finished", id: parseId("1.2"), verdict: "build_failed" } as const),
    ...{ reason: `${"a word ".repeat(12)}at last`, durationMs: 1500 },
  },
)) {
  progress.event(event);
}
await sleep(A_WHILE_MS);

/** Tells who reads this terminal, past everything that draws on it, how far the program is. */
function mark(text: string): void {
  writeSync(1, `\x1b]777;${text}\x07`);
}

if (ending.startsWith("resize")) {
  for (const columns of ending.split(" ").slice(1)) {
    mark(columns);
    spawnSync("stty", ["cols", columns], { stdio: "inherit" });
    await sleep(A_WHILE_MS);
  }
}
mark("end");

// There is no time to draw this.
progress.keep("last words");
if (ending === "throw") throw new Error("a bug");
if (ending === "exit") process.exit(3);
if (ending === "SIGINT" || ending === "SIGTERM") {
  process.kill(process.pid, ending);
  await sleep(60_000);
}
if (ending === "handled SIGINT") {
  process.on("SIGINT", () => process.stderr.write("stopping...\n"));
  process.kill(process.pid, "SIGINT");
  await sleep(A_WHILE_MS);
  mark("stopping");
}
progress[Symbol.dispose]();
process.stdout.write("the result\n");
