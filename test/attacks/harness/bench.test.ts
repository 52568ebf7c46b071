import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { HostBench } from "../../../src/measure/host-bench.ts";
import { Machine } from "../../measure/machine.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";

const SLOT = { cpus: "0", alone: true, quiet: true };
const NO_SIGNAL = new AbortController().signal;

describe("the queue of those that measure, in a folder that is everybody's", () => {
  attack(
    {
      case: "118",
      title:
        "another user makes its folder first: with tickets without end, locks, links to write through",
      outcome: "refused and told, nothing is written, nobody's containers are ended",
    },
    async () => {
      const tmp = scratchFolder();
      const own = process.getuid?.() ?? 0;
      const folder = join(tmp, `loopty-bench-${own}`);
      const victim = join(tmp, "victim");
      const ended: string[] = [];
      const benchOf = (uid: number, at = folder) =>
        new HostBench({
          ...{ folder: at, uid },
          processes: new Machine().process(7),
          endLeftoversOf: async (owner) => void ended.push(owner),
          isOwn: () => true,
          now: () => new Date(0),
        });
      const refusal = { name: "UserError", message: `${folder} is no folder that is yours alone` };
      const expectRefused = async (uid: number) => {
        await expect(benchOf(uid).take([SLOT], NO_SIGNAL)).rejects.toMatchObject(refusal);
        await expect(benchOf(uid).quietCpus()).rejects.toMatchObject(refusal);
      };

      writeFileSync(victim, "precious");
      mkdirSync(folder, { mode: 0o700 });
      symlinkSync(victim, join(folder, "draft"));
      // One of a process that never ends, and one whose owner another loopty may be.
      writeFileSync(
        join(folder, "000000000001"),
        JSON.stringify({ owner: "1:boot:1", slot: SLOT }),
      );
      writeFileSync(join(folder, "000000000002"), JSON.stringify({ owner: "x", slot: SLOT }));
      mkdirSync(join(folder, "lock"));
      writeFileSync(join(folder, "lock", "1:boot:1,2026-01-01T00:00:00.000Z"), "");
      const before = readdirSync(folder);
      await expectRefused(own + 1);
      chmodSync(folder, 0o777);
      await expectRefused(own);
      chmodSync(folder, 0o770);
      await expectRefused(own);

      const aside = join(tmp, "aside");
      mkdirSync(aside, { mode: 0o700 });
      const linked = join(tmp, "linked");
      symlinkSync(aside, linked);
      await expect(benchOf(own, linked).take([SLOT], NO_SIGNAL)).rejects.toThrow("yours alone");

      expect([readdirSync(folder), readdirSync(aside), ended]).toEqual([before, [], []]);
      expect(readFileSync(victim, "utf8")).toBe("precious");
    },
  );
});
