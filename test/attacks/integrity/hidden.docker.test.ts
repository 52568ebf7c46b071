import { describe, expect } from "vitest";
import { waysThatWork } from "../../docker/attack.ts";
import { dockerRun, readImage } from "../../docker/container.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { measuring } from "../measuring.ts";

const TIMEOUT_MS = 60_000;
// Put together at the time, or the search would find itself.
const SEARCH = `printf 's3cr3t-%s' 8d1f > /tmp/word
find / -xdev \\( -name expected.txt -o -name answer.ref -o -name oracle -o -name kept \\) -print 2>/dev/null
grep -rlasf /tmp/word /workspace /run /etc /home /root /opt /srv /dev/shm /tmp --exclude=word
grep -lasf /tmp/word /proc/[0-9]*/environ /proc/[0-9]*/cmdline
ls -l /proc/[0-9]*/fd 2>/dev/null | grep oracle
ls /proc/[0-9]*/root/workspace/oracle 2>/dev/null
true`;

describe("the hidden and the protected files", () => {
  const here = openLaboratory();

  attack(
    {
      case: "46",
      title: "changing, moving or replacing a protected file",
      outcome: "denied to agent and build, and the built image holds it as it was",
    },
    async () => {
      const { session } = await here.agent();
      const paths = ["bench.sh", "Makefile", "src/keep.h", "src/lib/inner/keep.h"];
      for (const path of paths)
        expect([path, await waysThatWork(session, path)]).toEqual([path, []]);
      const build = paths
        .flatMap((path) => [
          `echo x >> ${path}`,
          `rm -f ${path}`,
          `mv ${path} moved`,
          `chmod 777 ${path}`,
        ])
        .map((command) => `( ${command} ) 2>/dev/null && echo did`)
        .join("\n");
      const outcome = await here.lab.build(`${build}\nmv src other; ln -sfn /tmp src; true`);
      if (outcome.kind === "failed") throw new Error(outcome.reason);
      expect(outcome.log.toString()).not.toContain("did");
      const { docker } = here.lab.scope.engine;
      const files = await readImage(docker, outcome.imageId, "/workspace");
      expect(paths.map((path) => files.get(`/workspace/${path}`))).toMatchObject([
        { uid: 0, mode: "755", text: "#!/bin/sh\necho 1\n" },
        { uid: 0, mode: "644", text: "all:\n" },
        { uid: 0, mode: "644", text: "keep\n" },
        { uid: 0, mode: "644", text: "keep\n" },
      ]);
    },
  );

  attack(
    {
      case: "47",
      title: "searching the agent's container, the build and the images for what is hidden",
      outcome: "absent from all of them, not only out of sight",
    },
    async () => {
      const { session } = await here.agent();
      expect((await session.run(SEARCH, TIMEOUT_MS)).output).toBe("");
      expect((await here.lab.build(SEARCH)).log.toString()).toBe("");
      const { docker } = here.lab.scope.engine;
      const image = await here.lab.built("true");
      // As root, who may read everything in it.
      const searched = await dockerRun(docker, image, { User: "0:0", Cmd: ["sh", "-c", SEARCH] });
      expect(searched.stdout).toBe("");
      // The search finds what is there.
      const { log } = await measuring(here.lab).verify(SEARCH);
      expect(log.toString()).toContain("/workspace/oracle/expected.txt");
    },
  );

  attack(
    {
      case: "48",
      title: "copies of the hidden files that verify leaves wherever it may write",
      outcome: "gone with its container: no later build, agent or run has them",
    },
    async () => {
      const { verify, bench } = measuring(here.lab);
      const places = "/workspace /workspace/src /tmp /var/tmp /dev/shm /run/lock";
      const keep = `for d in ${places} "$HOME"; do cp oracle/expected.txt $d/kept || exit 9; done`;
      expect(await verify(keep)).toMatchObject({ kind: "passed" });
      expect((await bench(SEARCH, { hidden: false })).log.toString()).toBe("");
      expect((await here.lab.build(SEARCH)).log.toString()).toBe("");
      await using next = await here.lab.openAgent();
      expect((await next.session.run(SEARCH, TIMEOUT_MS)).output).toBe("");
    },
  );

  attack(
    {
      case: "104",
      title:
        "waiting in an agent's container and in a benchmark while verify has the hidden files open",
      outcome: "neither sees a name, a process or an open file of it",
    },
    async () => {
      const { verify, bench } = measuring(here.lab);
      await verify("true");
      const { session } = await here.agent();
      const wait = `for i in 1 2 3 4; do
${SEARCH}
sleep 0.3; done`;
      const open = "exec 9< oracle/expected.txt; sleep 2.5; cat <&9";
      const [verified, agent, benchmark] = await Promise.all([
        verify(open),
        session.run(wait, TIMEOUT_MS),
        bench(wait, { hidden: false }),
      ]);
      expect(verified).toEqual({ kind: "passed", log: Buffer.from("s3cr3t-8d1f\n") });
      expect([agent.output, benchmark.log.toString()]).toEqual(["", ""]);
    },
  );
});
