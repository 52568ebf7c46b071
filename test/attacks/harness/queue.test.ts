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
import { HostQueue } from "../../../src/measure/host-queue.ts";
import { Machine } from "../../measure/machine.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";

const UID = process.getuid?.() ?? 0;
const SLOT = { cpus: "0", alone: true, quiet: true };

describe("the queue of all that measure on a machine", () => {
  attack(
    {
      case: "120",
      title: "another user makes the queue's folder first, with endless tickets or links in it",
      outcome: "refused by name; nothing is written through a link, nobody waits for ever",
    },
    async () => {
      const victim = join(scratchFolder(), "victim");
      writeFileSync(victim, "precious");
      /** A folder as it was planted, and what a living process of somebody else holds in it. */
      const plant = (mode: number) => {
        const folder = join(scratchFolder(), "bench");
        mkdirSync(folder);
        chmodSync(folder, mode);
        symlinkSync(victim, join(folder, "draft"));
        const ticket = JSON.stringify({ owner: "1:boot:1", slot: SLOT });
        writeFileSync(join(folder, "000000000001"), ticket);
        return folder;
      };
      const linked = join(scratchFolder(), "bench");
      symlinkSync(plant(0o700), linked);
      const planted = [
        { folder: plant(0o777), uid: UID },
        { folder: plant(0o770), uid: UID },
        { folder: plant(0o700), uid: UID + 1 },
        { folder: linked, uid: UID },
      ];
      for (const place of planted) {
        const before = readdirSync(place.folder);
        const bench = new HostQueue({
          ...place,
          processes: new Machine().process(2),
          endLeftoversOf: async () => {},
          projectOf: () => null,
          isOwn: () => true,
          now: () => new Date(0),
        });
        const refusal = { name: "UserError", message: expect.stringContaining(place.folder) };
        await expect(bench.take([SLOT], AbortSignal.timeout(3000))).rejects.toMatchObject(refusal);
        await expect(bench.quietCpus()).rejects.toMatchObject(refusal);
        expect(readdirSync(place.folder)).toEqual(before);
      }
      expect(readFileSync(victim, "utf8")).toBe("precious");
    },
  );
});
