import { describe, expect } from "vitest";
import { EngineError } from "../../../src/core/error.ts";
import { readMountinfo } from "../../../src/sandbox/editing/mountinfo.ts";
import type { AgentContainer } from "../../../src/sandbox/sandbox.ts";
import { tried, waysThatWork } from "../../docker/attack.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";

describe("the mounts of an agent's container", () => {
  const here = openLaboratory();

  /** Where in its file system each mount of the workspace begins, as the kernel shows it. */
  const rootsIn = async (session: Awaited<ReturnType<typeof here.agent>>["session"]) => {
    const { output } = await session.run("cat /proc/self/mountinfo", 9000);
    const inside = ({ mountPoint }: { mountPoint: string }) => mountPoint.startsWith("/workspace");
    return readMountinfo(output)
      .filter(inside)
      .map(({ root }) => root);
  };

  const runningAgents = async () => {
    const { engine, projectId } = here.lab.settings;
    const label = [`loopty.project=${projectId}`, "loopty.phase=agent"];
    return (await engine.docker.listContainers({ filters: { label } })).length;
  };

  attack(
    {
      case: "08",
      title: "src/sub planted as a link to /etc, for a later mount to follow onto the host",
      outcome: "no mount begins in a folder that an agent wrote, and no volume is used twice",
    },
    async () => {
      const { session } = await here.agent();
      const roots = await rootsIn(session);
      expect(roots.length).toBeGreaterThan(5);
      for (const root of roots) expect(root).toMatch(/^\/.*\/loopty-[^/]+\/_data\/\d+$/);
      // The level on which mounts begin is root's.
      expect(await tried(session, "stat -c '%u %a' /run/loopty/node")).toEqual([0, "0 755"]);
      expect(await tried(session, "ln -sfn /etc /run/loopty/node/1")).toEqual([
        1,
        expect.stringContaining("Read-only file system"),
      ]);
      await using next = await here.lab.openAgent();
      await next.session.run("ln -s /etc src/sub", 9000);
      const volumeOf = (path: string) => path.replace(/\/_data\/\d+$/, "");
      const own = (all: readonly string[]) => all.map(volumeOf).filter((v) => v.includes("-node-"));
      const again = own(await rootsIn(next.session));
      expect(again.filter((volume) => own(roots).includes(volume))).toEqual([]);
      expect(await next.readBack()).toEqual({
        kind: "violation",
        reason: "src/sub is a symlink, not a plain file",
      });
    },
  );

  attack(
    {
      case: "09",
      title: "a symlink in the image at a protected path, which leads the mount elsewhere",
      outcome: "the container is ended before any agent code runs",
    },
    async () => {
      // An image as it would be if an agent's container had been committed.
      const { docker } = here.lab.settings.engine;
      const before = await here.lab.left();
      const forgeries = {
        "touch /var/forged && ln -sf /var/forged bench.sh": "/workspace/bench.sh is not mounted",
        "mkdir /var/forged && mv src /var/old && ln -s /var/forged src":
          "/workspace/src is not mounted",
      };
      for (const [command, problem] of Object.entries(forgeries)) {
        const forger = await docker.createContainer({
          Image: here.lab.snapshot.imageId,
          User: "0:0",
          Cmd: ["sh", "-c", command],
        });
        await forger.start();
        expect(await forger.wait()).toMatchObject({ StatusCode: 0 });
        const { Id: imageId } = await forger.commit();
        await forger.remove();
        try {
          expect(await failureOf(() => here.lab.openAgent({ imageId }))).toContain(
            `the engine did not mount the workspace as asked: ${problem}`,
          );
        } finally {
          await docker.getImage(imageId).remove();
        }
      }
      expect(await here.lab.left()).toEqual(before);
    },
  );

  attack(
    {
      case: "12",
      title: "rename, replace or remove a folder above a protected file",
      outcome: "denied: such folders are root's and sticky, or mounts themselves",
    },
    async () => {
      const { session } = await here.agent();
      const moved: string[] = [];
      for (const path of ["/workspace", "src", "src/lib", "src/lib/inner"]) {
        const commands = [
          `mv ${path} ${path}.moved`,
          `ln -sfT /tmp ${path}`,
          `chmod 700 ${path}`,
          `rmdir ${path}`,
          `mount --bind /tmp ${path}`,
        ];
        for (const command of commands) {
          const [exitCode] = await tried(session, `${command} 2>/dev/null`);
          if (exitCode === 0) moved.push(command);
        }
      }
      expect(moved).toEqual([]);
      expect(await tried(session, "cat src/keep.h src/lib/inner/keep.h")).toEqual([0, "keep"]);
    },
  );

  attack(
    {
      case: "71",
      title: "a background process goes on writing while its files are read back",
      outcome: "it is ended first: what is read does not change any more",
    },
    async () => {
      const before = await runningAgents();
      await using agent = await here.lab.openAgent();
      const forever = "i=0; while :; do i=$((i+1)); echo $i > src/kernel.c; done";
      await agent.session.run(
        `(setsid sh -c 'trap "" TERM HUP; ${forever}' >/dev/null 2>&1 &)`,
        9000,
      );
      const first = await agent.readBack();
      const second = await agent.readBack();
      expect(second).toEqual(first);
      expect(await runningAgents()).toBe(before);
    },
  );

  attack(
    {
      case: "72",
      title: "write to the volumes through their second mounts below /run/loopty",
      outcome: "denied in every way: both are read-only",
    },
    async () => {
      const { session } = await here.agent();
      expect(await tried(session, "cat /run/loopty/node/1/kernel.c")).toEqual([0, "int k;"]);
      for (const path of ["node/1/kernel.c", "node/1", "protected/0"]) {
        expect(await waysThatWork(session, `/run/loopty/${path}`)).toEqual([]);
      }
    },
  );
});

/** The engine's failure to open a container; one that opens is closed again. */
async function failureOf(open: () => Promise<AgentContainer>): Promise<string> {
  try {
    await using agent = await open();
    return `it was opened: ${agent.session}`;
  } catch (error) {
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}
