import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpus } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { shellProject } from "../loop/shell-project.ts";
import { openTestProject } from "../project.ts";
import { isIdle, LIBRARIES, mostKib, openSession } from "./agent-client.ts";

const CALLS = 1000;
/** The promise: clients give up after a minute. */
const MOST_MS = 50_000;
const AT_ONCE_EACH = 2;
/** One of so many calls. The others look. */
const TRY_EVERY = 100;
const NOTE_EVERY = 70;
const SHORT_WAIT_EVERY = 30;
const LONG_WAIT_EVERY = 250;
const MOST_SERVER_KIB = 512 * 1024;

type Scripted = readonly [tool: string, args: Record<string, unknown>];

const LOOKS: readonly Scripted[] = [
  ["status", {}],
  ["tree", { all: true }],
  ["show", { id: "last" }],
  ["diff", { id: "1" }],
  ["context", { id: "champion" }],
  ["show", { id: "1", log: "build" }],
  ["init_check", {}],
];

/** `taken` are the changes so far. */
function scripted(index: number, taken: readonly number[]): Scripted {
  if (index % TRY_EVERY === 0) {
    const size = 99 - index / TRY_EVERY;
    const files = [{ path: "src/size", content: `${size}\n` }];
    return ["try", { from: "1", why: `size ${size}`, files }];
  }
  if (index % LONG_WAIT_EVERY === LONG_WAIT_EVERY - 1) {
    return ["wait", { changes: taken, timeout_s: 50 }];
  }
  if (index % SHORT_WAIT_EVERY === 2) return ["wait", { timeout_s: 1 }];
  if (index % NOTE_EVERY === 3) return ["note", { id: "1", text: `note ${index}` }];
  return LOOKS[index % LOOKS.length] ?? ["status", {}];
}

/** Keeps every CPU busy until the test is over. */
function keepBusy(): void {
  for (const _ of cpus()) {
    const child = spawn("sh", ["-c", "while :; do :; done"], { stdio: "ignore" });
    onTestFinished(async () => {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
    });
  }
}

describe("two clients on a busy machine whose loopty measures", () => {
  it("get an answer to each of a thousand calls in time, and a verdict for every change", async () => {
    await using project = await openTestProject(shellProject());
    const sessions = await Promise.all(
      LIBRARIES.map((library) => openSession(project.directory, library)),
    );
    const [first] = sessions;
    if (first === undefined) throw new Error("no session");
    const { job } = await first.call("run_start", { experiments: 0 });
    await first.waitUntil({ jobs: [job] }, isIdle);
    keepBusy();

    const longestMs = new Map<string, number>();
    const failures: string[] = [];
    const taken: number[] = [];
    let next = 0;
    const caller = async ({ ask }: typeof first) => {
      while (next < CALLS) {
        const [tool, args] = scripted(next++, taken);
        const startMs = performance.now();
        const { isError, text, json } = await ask(tool, args);
        const ms = performance.now() - startMs;
        longestMs.set(tool, Math.max(longestMs.get(tool) ?? 0, ms));
        if (tool === "try") taken.push(Number(json.change));
        if (isError) failures.push(`${tool} ${JSON.stringify(args)}: ${text}`);
      }
    };
    const callers = sessions.flatMap((session) =>
      Array.from({ length: AT_ONCE_EACH }, () => session),
    );
    await Promise.all(callers.map(caller));

    expect(failures).toEqual([]);
    expect(Math.max(...longestMs.values())).toBeLessThan(MOST_MS);
    expect(taken).toHaveLength(CALLS / TRY_EVERY);
    const changes = taken.toSorted((a, b) => a - b);
    expect(await first.waitUntil({ changes }, isIdle)).toMatchObject({
      changes: changes.map((change) => ({ change, state: "finished", verdict: "improved" })),
    });
    for (const { client, pid } of sessions) {
      expect(await mostKib(pid)).toBeLessThan(MOST_SERVER_KIB);
      await client.close();
    }
  }, 1_200_000);
});
