import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentContainer } from "../../../src/sandbox/sandbox.ts";
import { shown, tried, waysThatWork } from "../attack.ts";
import { type Lab, openLab } from "../lab.ts";

describe("an agent's container", () => {
  let lab: Lab;
  let agent: AgentContainer;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        Makefile: "all:\n",
        "bench.sh!": "#!/bin/sh\n",
        "lib/one.h": "1\n",
        "lib/deep/two.h": "2\n",
        "params.h": "#define N 1\n",
        "src/kernel.c": "int k;\n",
        "src/gen/a.c": "a\n",
        "src/keep.h": "keep\n",
        "src/lib/inner/x.h": "x\n",
        "src/lib/tune.c": "tune\n",
        "asm/fast.s": "nop\n",
        "asm/README": "read me\n",
        "oracle/expected.txt": "s3cr3t-8d1f\n",
        "src/lib/answer.ref": "s3cr3t-8d1f\n",
      },
      access: {
        writable: ["src/", "src/lib/tune.c", "params.h", "asm/*.s", "new/"],
        readable: ["src/keep.h", "src/lib/"],
        hidden: ["oracle/", "src/lib/*.ref"],
      },
      emptyFolders: ["new"],
    });
    agent = await lab.openAgent();
  });
  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  const PROTECTED = {
    Makefile: "regular file 644 0: all:",
    "bench.sh": "regular file 755 0: #!/bin/sh",
    "lib/one.h": "regular file 644 0: 1",
    "lib/deep/two.h": "regular file 644 0: 2",
    "src/keep.h": "regular file 644 0: keep",
    "src/lib/inner/x.h": "regular file 644 0: x",
    "asm/README": "regular file 644 0: read me",
  };

  it.each(Object.keys(PROTECTED))("has no way to change the protected file %s", async (path) => {
    expect(await waysThatWork(agent.session, path)).toEqual([]);
  });

  it("finds every protected file as it was after all of that", async () => {
    expect(await shown(agent.session, Object.keys(PROTECTED))).toEqual(PROTECTED);
  });

  it("has a scratch folder of its own, of which plain files are kept and nothing that is too much", async () => {
    const scratch = [{ path: "old/check.py", content: Buffer.from("old\n") }];
    await using own = await lab.openAgent({ scratch });
    const { session } = own;
    const change =
      "cd /loopty/notes && echo more >> old/check.py && echo new > new.md && ln -s /etc/passwd link";
    expect(await session.run(change, 10_000)).toMatchObject({ exitCode: 0 });
    expect(
      await session.run("rmdir /loopty/notes || mv /loopty/notes /loopty/x", 10_000),
    ).toMatchObject({ exitCode: 1 });
    expect(await session.writeFile("/loopty/notes/by-tool", Buffer.from("t\n"))).toEqual({
      kind: "written",
    });
    expect((await session.writeFile("/loopty/other", Buffer.from("t\n"))).kind).toBe("denied");
    const kept = await own.readScratch();
    expect(kept?.map(({ path, content }) => [path, content.toString()])).toEqual([
      ["by-tool", "t\n"],
      ["new.md", "new\n"],
      ["old/check.py", "old\nmore\n"],
    ]);
    expect(await own.readBack()).toMatchObject({ kind: "files" });

    await using without = await lab.openAgent({ scratch: null });
    expect(await without.session.run("ls -d /loopty", 10_000)).toMatchObject({ exitCode: 2 });

    await using greedy = await lab.openAgent();
    await greedy.session.run("head -c 2000000 /dev/zero > /loopty/notes/big", 10_000);
    expect(await greedy.readScratch()).toBeNull();
  });

  it("may do in writable folders whatever it likes to what is writable", async () => {
    const { session } = agent;
    const commands = [
      "echo more >> src/kernel.c",
      "sed -i s/more/less/ src/kernel.c",
      "chmod +x src/kernel.c",
      "mv src/gen src/generated && mkdir src/gen && rm -r src/generated",
      "sed -i s/tune/tuned/ src/lib/tune.c",
      "mv asm/fast.s asm/faster.s",
      "mkdir -p new/deep && echo new > new/deep/file",
    ];
    for (const command of commands) expect(await tried(session, command)).toEqual([0, ""]);
    const paths = ["src/kernel.c", "src/lib/tune.c", "asm/faster.s", "new/deep/file"];
    expect(await shown(session, paths)).toEqual({
      "src/kernel.c": "regular file 755 10001: int k;\nless",
      "src/lib/tune.c": "regular file 644 10001: tuned",
      "asm/faster.s": "regular file 644 10001: nop",
      "new/deep/file": "regular file 644 10001: new",
    });
  });

  it("writes a single writable file in place, and may neither rename over it nor remove it", async () => {
    const { session } = agent;
    const written = await tried(session, "echo '#define N 2' > params.h && cat params.h");
    expect(written).toEqual([0, "#define N 2"]);
    const denied = expect.stringMatching(/(Device or resource busy|Operation not permitted)$/);
    expect(await tried(session, "cp params.h p && mv p params.h 2>&1")).toEqual([1, denied]);
    expect(await tried(session, "rm -f params.h 2>&1")).toEqual([1, denied]);
    expect(await tried(session, "sed -i s/2/3/ params.h 2>&1")).toEqual([4, denied]);
    expect(await session.writeFile("params.h", Buffer.from("#define N 4\n"))).toEqual({
      kind: "written",
    });
    expect(await session.readFile("params.h")).toEqual(Buffer.from("#define N 4\n"));
  });

  it("adds files anywhere in the workspace, as builds do", async () => {
    expect(await tried(agent.session, "echo o > kernel.o && mkdir out && touch out/a")).toEqual([
      0,
      "",
    ]);
  });

  it("reads no hidden file and sees no name of one, wherever it looks", async () => {
    const { session } = agent;
    const names =
      "find / \\( -name 'expected.txt' -o -name oracle -o -name '*.ref' \\) 2>/dev/null";
    expect(await tried(session, `${names}; true`)).toEqual([0, ""]);
    const search = [
      "printf 's3cr3t-%s' 8d1f > /tmp/word",
      "grep -rlsf /tmp/word /workspace /run /etc /var /home /root /dev/shm",
      "grep -lasf /tmp/word /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/mountinfo",
    ];
    expect(await tried(session, `${search.join("; ")}; true`)).toEqual([0, ""]);
  });

  it("keeps its volumes from being removed while it runs", async () => {
    const { docker } = lab.settings.engine;
    const { Mounts: mounts } = await docker.getContainer(await idOf(lab)).inspect();
    const names = new Set(mounts.flatMap(({ Name: name }) => (name === undefined ? [] : [name])));
    const own = [...names].filter((name) => !name.startsWith("loopty-engine-"));
    expect(own).toHaveLength(2);
    for (const name of own) {
      await expect(docker.getVolume(name).remove()).rejects.toMatchObject({ statusCode: 409 });
    }
  });

  it("is what it was asked to be: user, privileges, network, limits", async () => {
    const { session } = agent;
    const isPodman = lab.settings.engine.kind === "podman";
    const status = await session.run(
      "grep -E '^(Uid|Gid|Groups|Cap[A-Z][a-z]*|NoNewPrivs|Seccomp):' /proc/self/status; ls /sys/class/net; ulimit -c; ulimit -n; env | sort",
      60_000,
    );
    expect(status.output.split("\n").map((line) => line.replaceAll("\t", " ").trimEnd())).toEqual([
      "Uid: 10001 10001 10001 10001",
      "Gid: 10001 10001 10001 10001",
      isPodman ? "Groups:" : "Groups: 10001",
      "CapInh: 0000000000000000",
      "CapPrm: 0000000000000000",
      "CapEff: 0000000000000000",
      "CapBnd: 0000000000000000",
      "CapAmb: 0000000000000000",
      "NoNewPrivs: 1",
      "Seccomp: 2",
      "lo",
      "0",
      "4096",
      "HOME=/tmp",
      "HOSTNAME=loopty",
      "LANG=C.UTF-8",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "PWD=/workspace",
      ...(isPodman ? ["container=podman"] : []),
      "",
    ]);
    expect(await tried(session, "ls /var/run/docker.sock /run/docker.sock 2>/dev/null")).toEqual([
      2,
      "",
    ]);
    // The container's own process is the helper's: the agent can neither end it nor read its environment.
    expect(await tried(session, "stat -c %u /proc/1; kill -9 1 2>/dev/null")).toEqual([1, "10003"]);
    expect(await tried(session, "cat /proc/1/environ 2>/dev/null")).toEqual([1, ""]);
    expect(await tried(session, "unshare -Ur true 2>/dev/null")).toEqual([1, ""]);
  });
});

/** The id of the agent's container that runs. */
async function idOf(lab: Lab): Promise<string> {
  const filters = { label: [`loopty.project=${lab.settings.projectId}`, "loopty.phase=agent"] };
  const [info] = await lab.settings.engine.docker.listContainers({ filters });
  return info?.Id ?? "";
}
