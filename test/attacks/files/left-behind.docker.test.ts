import { join } from "node:path";
import { describe, expect } from "vitest";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { dockerRun } from "../../docker/container.ts";
import { filesOf } from "../../docker/lab.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { changing, refused, textOf } from "./change.ts";

describe("what an agent leaves in its writable entries", () => {
  const here = openLaboratory();

  const { leave, left, workspaceOf } = changing(here);

  attack(
    {
      case: "03",
      title: "a symlink to /etc/shadow in a writable folder",
      outcome: "refused by name, never followed on the host",
    },
    async () => {
      await using agent = await here.lab.openAgent();
      await agent.session.run("ln -s /etc/shadow src/a && ln -sf /etc/hostname src/kernel.c", 9000);
      // Followed inside, by the agent's own user: the container's files, or none.
      expect(await agent.session.readFile("src/a")).toBeNull();
      expect(await agent.session.readFile("src/kernel.c")).toEqual(Buffer.from("loopty\n"));
      expect(await agent.readBack()).toEqual(refused("src/a is a symlink, not a plain file"));
    },
  );

  attack(
    {
      case: "05",
      title: "a hard link to a protected file, and one inside the folder",
      outcome: "the kernel refuses the first, read-back the second",
    },
    async () => {
      const { results, back } = await here.lab.play(
        "for f in bench.sh src/keep.h /run/loopty/protected/0 /etc/passwd; do ln $f src/l; done",
        "ls src; ln src/kernel.c src/l",
      );
      expect(results[0]?.output.match(/Invalid cross-device link|not permitted/g)).toHaveLength(4);
      expect(results[1]?.output).toBe("keep.h\nkernel.c\nlib\n");
      expect(back).toEqual(refused("src/l is a link, not a plain file"));
    },
  );

  attack(
    {
      case: "06",
      title: "a device, a fifo, a socket",
      outcome: "no device can be made; a fifo is refused, a socket is left behind",
    },
    async () => {
      const socket = "socket.socket(socket.AF_UNIX).bind('src/s')";
      const { results, back } = await here.lab.play(
        "mknod src/zero c 1 5; mknod src/disk b 8 0; ls src",
        `python3 -c "import socket; ${socket}" && test -S src/s`,
      );
      expect(results[0]?.output).toBe(
        `${["zero", "disk"].map((name) => `mknod: src/${name}: Operation not permitted\n`).join("")}keep.h\nkernel.c\nlib\n`,
      );
      expect(results[1]).toMatchObject({ exitCode: 0 });
      expect(back).toMatchObject({ kind: "files", files: here.lab.writableFiles });
      expect(await leave("mkfifo src/pipe")).toEqual(
        refused("src/pipe is a fifo, not a plain file"),
      );
    },
  );

  attack(
    {
      case: "66",
      title: "a whiteout device, which the kernel lets anyone make",
      outcome: "refused by read-back; on a build's overlay it cannot be made",
    },
    async () => {
      const { results, back } = await here.lab.play("mknod src/kernel.h c 0 0");
      expect(results).toMatchObject([{ exitCode: 0 }]);
      expect(back).toEqual(refused("src/kernel.h is a character-device, not a plain file"));
      expect(await here.lab.build("mknod bench.sh2 c 0 0")).toMatchObject({
        verdict: "build_failed",
        log: expect.toSatisfy((log: Buffer) => log.includes("Operation not permitted")),
      });
    },
  );

  attack(
    {
      case: "07",
      title: "setuid and setgid bits, file capabilities, extended attributes",
      outcome: "stripped: a file is executable or not, and nothing else",
    },
    async () => {
      const attribute = "os.setxattr('src/kernel.c', 'user.loopty', b'x')";
      const { results, back } = await here.lab.play(
        "chmod 6777 src/kernel.c && chmod 1000 params.h",
        `python3 -c "import os; ${attribute}"`,
        "setcap cap_sys_admin+ep src/kernel.c",
      );
      expect(results.map(({ exitCode }) => exitCode === 0)).toEqual([true, true, false]);
      expect(back).toMatchObject({
        files: [{ path: "params.h", mode: "100644" }, { mode: "100755" }, { mode: "100644" }],
      });
      const { imageId } = await here.lab.snapshotOf("1.7", { "src/kernel.c!": "int k;\n" });
      const script = "import os; s = os.stat('src/kernel.c'); print(oct(s.st_mode), s.st_uid)";
      const listing = "print(os.listxattr('src/kernel.c'))";
      const { stdout } = await dockerRun(here.lab.settings.engine.docker, imageId, {
        Cmd: ["python3", "-c", `${script}; ${listing}`],
      });
      expect(stdout).toBe("0o100755 0\n[]\n");
    },
  );

  attack(
    {
      case: "15",
      title: "a folder replaced by a file, and a file by a folder",
      outcome: "both are in the diff and in the image, and nothing of before",
    },
    async () => {
      const before = { "params.h": "p\n", "src/gen/deep/a.c": "a\n", "src/kernel.c": "k\n" };
      const files = [...here.lab.writableFiles, ...filesOf({ "src/gen/deep/a.c": "a\n" })];
      await using agent = await here.lab.openAgent({ files });
      await agent.session.run(
        "rm -r src/gen src/kernel.c && echo file > src/gen && mkdir src/kernel.c && echo in > src/kernel.c/x",
        9000,
      );
      const back = await agent.readBack();
      if (back.kind !== "files") throw new Error(back.reason);
      const after = textOf(back.files);
      expect(Object.keys(after)).toEqual([
        "params.h",
        "src/gen",
        "src/kernel.c/x",
        "src/lib/tune.c",
      ]);

      const code = await CodeRepository.open(join(scratchFolder(), "code.git"), SEARCH_PATH);
      const commit = { parentCommit: null, message: "m", branch: "loopty-1", date: new Date(0) };
      const from = (await code.commitFiles({ ...commit, files: filesOf(before) })).commit;
      const to = (await code.commitFiles({ ...commit, files: back.files })).commit;
      const { patch } = await code.diff(from, to);
      expect(await code.applyPatch(from, patch)).toMatchObject({ files: back.files });
      const image = await workspaceOf("1.15", after);
      expect(image.get("/workspace/src/gen")).toMatchObject({ type: "file", text: "file\n" });
      expect(image.get("/workspace/src/kernel.c/x")?.text).toBe("in\n");
      expect([...image.keys()]).not.toContain("/workspace/src/gen/deep/a.c");
    },
  );

  attack(
    {
      case: "17",
      title: "more files than anyone writes",
      outcome: "refused at the 20,001st entry",
    },
    async () => {
      expect(await leave("cd src && seq 20001 | xargs touch")).toEqual({
        kind: "violation",
        reason: "it left more than 20000 files and folders",
      });
    },
  );

  attack(
    {
      case: "18",
      title: "a sparse file of a terabyte, and one just below the disk limit",
      outcome: "the kernel refuses the first, the byte limit the second before its zeros are read",
    },
    async () => {
      await using agent = await here.lab.openAgent({}, { diskBytes: 4 * 1024 ** 3 });
      const { output } = await agent.session.run(
        "truncate -s 1T src/big; truncate -s 3G src/big",
        9000,
      );
      expect(output).toContain("File size limit exceeded");
      const start = performance.now();
      expect(await agent.readBack()).toEqual({
        kind: "violation",
        reason: "it left more than 268435456 bytes of files",
      });
      expect(performance.now() - start).toBeLessThan(2000);
    },
  );

  attack(
    {
      case: "73",
      title: "files from the year 2099 and from 1970, so that make builds nothing or everything",
      outcome: "every file of a snapshot has the run's one time",
    },
    async () => {
      const files = await left("touch -d 2099-01-01 src/kernel.c", "touch -d @0 src/lib/tune.c");
      const image = await workspaceOf("1.73", textOf(files));
      for (const path of ["src/kernel.c", "src/lib/tune.c"]) {
        expect(image.get(`/workspace/${path}`)?.time).toBe(here.lab.base.fileTime.toISOString());
      }
    },
  );
});
