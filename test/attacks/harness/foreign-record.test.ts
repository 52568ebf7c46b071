import { execFileSync } from "node:child_process";
import {
  mkdirSync,
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
import { openProject } from "../../../src/store/project.ts";
import { type FakeWorld, fakeWorld } from "../../cli/fake-world.ts";
import { attack } from "../attack.ts";
import { complaintOf, newRun, READING } from "./complaint.ts";

describe("records that somebody else wrote", () => {
  attack(
    {
      case: "110",
      title: "a tree.json whose commit is an option of git, a run.json whose user's commit is one",
      outcome: "refused as no object's id: git gets hashes alone, and no file is written",
    },
    async () => {
      const { world, at } = await newRun();
      const victim = join(world.cwd, "victim");
      const path = at("runs/1/tree.json");
      const index = JSON.parse(readFileSync(path, "utf8"));
      for (const commit of [
        `--output=${victim}`,
        `--index-output=${victim}`,
        "HEAD",
        "a".repeat(41),
        "",
      ]) {
        index.nodes[1].commit = commit;
        writeFileSync(path, JSON.stringify(index));
        for (const command of READING) {
          expect(await complaintOf(world, command)).toContain(
            "nodes.1.commit: is not the id of a git object",
          );
        }
      }
      const record = readFileSync(at("runs/1/run.json"), "utf8");
      writeFileSync(
        at("runs/1/run.json"),
        record.replace('"userHead": null', '"userHead": "--all"'),
      );
      expect(await complaintOf(world, (there) => tree(there, {}))).toContain(
        "userHead: is not the id",
      );
      expect(readdirSync(world.cwd)).toEqual([".loopty"]);
    },
  );

  attack(
    {
      case: "111",
      title: "a tree.json whose nodes stand in circles, nowhere or in another run",
      outcome: "refused by name: what climbs or draws a tree is given one",
    },
    async () => {
      const { world, at } = await newRun();
      const whole = readFileSync(at("runs/1/tree.json"), "utf8");
      const forged = {
        [whole.replace('"parent":"1"', '"parent":"1.1"')]: "1.1 names another parent than its own",
        [whole.replace('"id":"1.1","parent":"1"', '"id":"1.1.1","parent":"1.1"')]:
          "1.1.1 stands before its parent",
        [whole.replace('"id":"1.1","parent":"1"', '"id":"2","parent":null')]: "2 is of another run",
        [whole.replace('"id":"1.1","parent":"1"', '"id":"1","parent":null')]: "1 twice",
        [whole.replace('"id":"1.1","parent":"1"', `"id":"1${".1".repeat(99)}","parent":"1"`)]:
          "nodes.1.id",
      };
      for (const [text, reason] of Object.entries(forged)) {
        writeFileSync(at("runs/1/tree.json"), text);
        for (const command of READING) expect(await complaintOf(world, command)).toContain(reason);
      }
      writeFileSync(at("runs/1/tree.json"), whole);
      const record = readFileSync(at("runs/1/run.json"), "utf8");
      writeFileSync(at("runs/1/run.json"), record.replace('"run": 1', '"run": 2'));
      expect(await complaintOf(world, (there) => tree(there, {}))).toContain(
        "run.json is of run 2, and tree.json of run 1",
      );
    },
  );

  attack(
    {
      case: "112",
      title:
        ".loopty is a symlink or a file; pipes, folders, links in circles stand where its files should be",
      outcome:
        "refused with exit code 2, nothing waits for a pipe, nothing is written where a link leads",
    },
    async () => {
      const { world, at } = await newRun();
      const replace = (path: string, make: (path: string) => void) => async () => {
        const aside = join(world.cwd, "aside");
        renameSync(at(path), aside);
        make(at(path));
        const outcomes = await Promise.all(READING.map((command) => complaintOf(world, command)));
        rmSync(at(path), { recursive: true });
        renameSync(aside, at(path));
        return outcomes.filter((outcome) => outcome !== "done");
      };
      const pipe = (path: string) => execFileSync("mkfifo", [path]);
      const folder = (path: string) => mkdirSync(path);
      const circle = (path: string) => symlinkSync(path, path);
      const file = (path: string) => writeFileSync(path, "");
      const faults = [
        ...["project.json", "runs/1/run.json", "runs/1/tree.json"].flatMap((path) =>
          [pipe, folder, circle].map((make) => replace(path, make)),
        ),
        ...[replace("runs", file), replace("runs/1", file), replace("code.git", folder)],
      ];
      for (const outcomesOf of faults) {
        const outcomes = await outcomesOf();
        expect(outcomes).not.toEqual([]);
        for (const outcome of outcomes) expect(outcome).toMatch(/^2 error: .*\nhint: /);
      }
      const elsewhere = join(world.cwd, "elsewhere");
      renameSync(at(""), elsewhere);
      symlinkSync("elsewhere", join(world.cwd, ".loopty"));
      const before = readdirSync(elsewhere, { recursive: true });
      for (const command of [...READING, (there: FakeWorld) => openProject(there.cwd, there)]) {
        expect(await complaintOf(world, command)).toContain(".loopty is a symlink\nhint: ");
      }
      expect(readdirSync(elsewhere, { recursive: true })).toEqual(before);
    },
  );

  attack(
    {
      case: "113",
      title: "a run.json that names metrics and project by control codes and formulas",
      outcome: "escaped wherever it is shown, and no formula in metrics.csv",
    },
    async () => {
      const { world, at } = await newRun();
      const hostile = "=cmd|' /C calc'!A0\u001b]0;owned\u0007\u202e";
      const path = at("runs/1/run.json");
      const record = JSON.parse(readFileSync(path, "utf8"));
      record.baseline.metrics = [{ header: hostile, name: "time_ms", direction: "lower" }];
      record.config.name = hostile;
      writeFileSync(path, JSON.stringify(record));
      for (const command of READING) {
        const there = fakeWorld(world.cwd);
        await command(there);
        expect(`${there.stdout.text}${there.stderr.text}`).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      }
      const project = await openProject(world.cwd, world);
      await using lock = await project.lock();
      await using _run = await project.resumeRun(lock, 1);
      expect(readFileSync(at("runs/1/metrics.csv"), "utf8")).toMatch(/^iteration,'=cmd/);
    },
  );
});
