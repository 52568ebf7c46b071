import { describe, expect } from "vitest";
import { readImage } from "../../docker/container.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";

describe("the image of what an agent wrote", () => {
  const here = openLaboratory({
    files: { "bench.sh!": "#!/bin/sh\n", "gen/a.c": "a\n", "gen/answer.ref": "42\n" },
    access: { writable: ["gen/"], hidden: ["gen/*.ref"] },
  });

  attack(
    {
      case: "74",
      title: "the agent empties a hidden file's folder, and the build puts a link in its place",
      outcome: "the folder stays root's in agent's container and image; a link is refused",
    },
    async () => {
      const { results, back } = await here.lab.play("rm gen/a.c", "rmdir gen; mv gen gone");
      expect(results.map(({ exitCode }) => exitCode === 0)).toEqual([true, false]);
      expect(back).toEqual({ kind: "files", dropped: [], files: [] });
      const { imageId: snapshotId } = await here.lab.snapshotOf("1.74", {});
      const swap = "rmdir gen 2>/dev/null; mv gen gone 2>/dev/null";
      const built = await here.lab.build(`${swap}; ln -sfT /tmp gen; true`, { snapshotId });
      if (built.kind === "failed") throw new Error(built.reason);
      const { docker } = here.lab.settings.engine;
      const image = await readImage(docker, built.imageId, "/workspace");
      expect(image.get("/workspace/gen")).toMatchObject({
        type: "directory",
        mode: "1777",
        uid: 0,
      });
      for (const command of ["ln -s /etc/passwd gen/answer.ref", "mkdir gen/answer.ref"]) {
        expect(await here.lab.build(command, { snapshotId })).toMatchObject({
          verdict: "policy_violation",
          reason: "gen/answer.ref is hidden and was made by the build",
        });
      }
    },
  );

  attack(
    {
      case: "75",
      title: "the agent writes the hidden file itself, to be found instead of the real one",
      outcome: "refused: what is hidden is not writable, existing or not",
    },
    async () => {
      for (const name of ["answer.ref", "other.ref"]) {
        expect((await here.lab.play(`echo 41 > gen/${name}`)).back).toEqual({
          kind: "violation",
          reason: `gen/${name} is hidden, not writable`,
        });
      }
    },
  );
});
