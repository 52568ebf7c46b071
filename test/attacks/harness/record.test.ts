import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { tree } from "../../../src/cli/commands/looking/tree.ts";
import { workingTimeMs } from "../../../src/core/budget/budget.ts";
import { inOrderOfFinishing } from "../../../src/core/tree/node.ts";
import { LineLog } from "../../../src/store/files/line-log.ts";
import { IndexFile } from "../../../src/store/index-file.ts";
import { openProject } from "../../../src/store/project.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { openSimulatedRun } from "../../loop/simulated-run.ts";
import { FakeProcesses } from "../../store/processes.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { complaintOf, newRun, READING } from "./complaint.ts";

const DAY_MS = 24 * 3_600_000;

describe("the records of a run", () => {
  attack(
    {
      case: "57",
      title: "the disk is full, or files may grow no further, while index and log are written",
      outcome: "the old index is whole, nothing torn is left, and the reason is told",
    },
    async () => {
      const folder = scratchFolder();
      const path = join(folder, "tree.json");
      await IndexFile.create(path);
      const index = await IndexFile.open(path);
      await index.add(experimentNode("1"));
      const before = readFileSync(path);
      const limit = (bytes: string) =>
        execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:`]);
      limit("4096");
      try {
        const large = experimentNode("1.1", { ordinal: 1, description: "x".repeat(8192) });
        await expect(index.add(large)).rejects.toMatchObject({
          name: "UserError",
          message: `cannot write ${path}: files may not grow so large`,
        });
      } finally {
        limit("unlimited");
      }
      expect(readFileSync(path)).toEqual(before);
      expect(readdirSync(folder).sort()).toEqual(["tree.json", "tree.json.bak"]);
      expect((await IndexFile.open(path)).nodes).toHaveLength(1);

      const log = join(folder, "events.jsonl");
      symlinkSync("/dev/full", log);
      await using full = await LineLog.open(log);
      await expect(full.append({ type: "run_started" })).rejects.toMatchObject({
        name: "UserError",
        message: `cannot write ${log}: no space is left on the disk`,
      });
    },
  );

  attack(
    {
      case: "58",
      title: "two harnesses on one project, one that was killed, and a pid that is used again",
      outcome:
        "one works and the other is told who; the dead one's lock is taken, a living one's never",
    },
    async () => {
      const directory = scratchFolder();
      const processes = new FakeProcesses();
      const first = processes.start(77, "100");
      const world = { now: () => new Date(0), newUuid: () => crypto.randomUUID() };
      const projectOf = (table: typeof first) =>
        openProject(directory, { ...world, processes: table });
      const project = await projectOf(first);
      await project.lock();
      const others = Array.from({ length: 8 }, (_, i) => processes.start(100 + i));
      const refusals = await Promise.allSettled(
        others.map(async (other) => (await projectOf(other)).lock()),
      );
      for (const refusal of refusals) {
        expect(refusal).toMatchObject({
          status: "rejected",
          reason: {
            message: expect.stringContaining("process 77 has been working on this project"),
          },
        });
      }
      processes.kill(first);
      // The same pid, later.
      await using _again = await (await projectOf(processes.start(77, "200"))).lock();
      await expect((await projectOf(others[0] ?? first)).lock()).rejects.toThrow("process 77");
    },
  );

  attack(
    {
      case: "59",
      title: "an index that is cut short, damaged, newer, or not there",
      outcome: "refused with exit code 2 and what its backup holds, and never written over",
    },
    async () => {
      const { world, at } = await newRun();
      const path = at("runs/1/tree.json");
      const whole = readFileSync(path, "utf8");
      const damages = [
        whole.slice(0, whole.length / 2),
        "",
        whole.replace('"ordinal":1', '"ordinal":-1'),
        Buffer.from(whole.replace('"description":""', '"description":"\xff"'), "latin1"),
      ];
      for (const damage of damages) {
        writeFileSync(path, damage);
        for (const command of READING) {
          expect(await complaintOf(world, command)).toMatch(
            /^2 error: .*tree\.json is not (whole JSON|valid).*\nhint: .*tree\.json\.bak is whole, with 1 nodes of /,
          );
        }
        expect(readFileSync(path)).toEqual(Buffer.from(damage));
      }
      writeFileSync(path, whole.replace('"formatVersion":1', '"formatVersion":9'));
      expect(await complaintOf(world, (there) => tree(there, {}))).toContain(
        "a newer loopty (format 9)",
      );
      rmSync(path);
      expect(await complaintOf(world, (there) => tree(there, {}))).toContain(
        "tree.json is missing",
      );
      expect(existsSync(path)).toBe(false);
      renameSync(at("runs/1/tree.json.bak"), path);
      expect(await complaintOf(world, (there) => tree(there, {}))).toBe("done");
    },
  );

  attack(
    {
      case: "63",
      title: "the clock is set back by a day, and forward by a year",
      outcome: "order is by number, no time used is negative, and no event is lost to readers",
    },
    async () => {
      const times = [0, -DAY_MS, 365 * DAY_MS, -2 * DAY_MS];
      let asked = 0;
      const now = () => new Date(Date.UTC(2026, 0, 1) + (times[asked++ % times.length] ?? 0));
      let steady = 0;
      const { grow, finish, store, events } = await openSimulatedRun({
        ...{ now, steadyMs: () => steady++ },
        yaml: "budget: { experiments: 6 }\n",
      });
      await grow({ experiment: async ({ node }) => finish(node, "no_gain") });
      expect(store.nodes.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(await store.events()).toEqual({ entries: events, lostLines: 0 });
      expect(inOrderOfFinishing(store.nodes)).toHaveLength(7);
      expect(workingTimeMs(store.nodes)).toBeGreaterThanOrEqual(0);
    },
  );
});
