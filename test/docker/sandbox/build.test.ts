import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import { findImage } from "../../../src/sandbox/image/image.ts";
import { readImage } from "../container.ts";
import { initOf, type Lab, openLab } from "../lab.ts";

describe("a build", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "bench.sh!": "#!/bin/sh\n",
        "lib/one.h": "1\n",
        "src/k.c": "k\n",
        "oracle/expected": "42\n",
        "lib/answer.ref": "42\n",
      },
      access: { writable: ["src/"], hidden: ["oracle/", "lib/*.ref"] },
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const logOf = async (command: string) => {
    const outcome = await lab.build(command);
    return `${outcome.kind}: ${outcome.log}`.trimEnd();
  };

  it("is the container's own process, as the measuring user, without privileges and network", async () => {
    const shown = [
      "tr '\\0' ' ' < /proc/1/cmdline && echo && pwd && ulimit -c",
      "grep -E '^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status",
      "ls /sys/class/net; env | grep -v ^container= | sort; cat /sys/fs/cgroup/cpuset/cpuset.cpus",
    ].join("\n");
    const log = (await logOf(shown)).replaceAll("\t", " ");
    expect(log).toBe(
      [
        `built: ${initOf(lab)} -- timeout -s KILL 720 /bin/sh -c exec 2>&1\n${shown} `,
        "/workspace",
        "0",
        "Uid: 10002 10002 10002 10002",
        "Gid: 10002 10002 10002 10002",
        "CapEff: 0000000000000000",
        "CapBnd: 0000000000000000",
        "NoNewPrivs: 1",
        "Seccomp: 2",
        "lo",
        "HOME=/tmp",
        "HOSTNAME=loopty",
        "LANG=C.UTF-8",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PWD=/workspace",
        "PYTHONDONTWRITEBYTECODE=1",
        lab.settings.agentCpus,
      ].join("\n"),
    );
  });

  it("sees the sources and no hidden file", async () => {
    expect(await logOf("find . | sort")).toBe(
      "built: .\n./bench.sh\n./lib\n./lib/one.h\n./src\n./src/k.c",
    );
  });

  it("becomes an image with what it made, and tells the paths", async () => {
    const outcome = await lab.build("mkdir out && cp src/k.c out/k.o && touch lib/cache ran");
    if (outcome.kind === "failed") throw new Error(outcome.reason);
    expect(outcome.outputs.toSorted()).toEqual(["lib/cache", "out", "out/k.o", "ran"]);
    const files = await readImage(lab.settings.engine.docker, outcome.imageId, "/workspace/out");
    // Podman tells of every file of a container that it is its user's.
    const uid = lab.settings.engine.kind === "podman" ? 0 : 10002;
    expect(files.get("/workspace/out/k.o")).toMatchObject({ uid, text: "k\n" });
  });

  it("adds files anywhere and has no way to change, move or remove a source", async () => {
    const log = await logOf(
      [
        "echo x >> src/k.c",
        "rm -f bench.sh",
        "mv lib lib2",
        "chmod 777 lib/one.h",
        "ln -f src/k.c copy",
        "cp bench.sh lib/one.h",
        "touch lib/beside",
      ]
        .map((command) => `( ${command} ) 2>/dev/null && echo did`)
        .join("\n"),
    );
    expect(log).toBe("built: did");
  });

  it.each([
    [
      "an opaque whiteout elsewhere",
      "touch /run/lock/.wh..wh..opq",
      "/run/lock/.wh..wh..opq would delete files of the image",
    ],
    ["a hidden file", "touch lib/answer.ref", "lib/answer.ref is hidden and was made by the build"],
    ["the hidden folder", "mkdir oracle", "oracle is hidden and was made by the build"],
    ["a link there", "ln -s /tmp oracle", "oracle is hidden and was made by the build"],
    [
      "a metrics file",
      "touch metrics.csv",
      "metrics.csv is the metrics file and was made by the build",
    ],
    [
      "a name that is not UTF-8",
      "touch \"$(printf 'a\\377')\"",
      "/workspace/a\ufffd is not valid UTF-8",
    ],
    [
      "a path that is too long to be listed",
      `python3 -c "import os
for i in range(500): os.mkdir('deep' * 10); os.chdir('deep' * 10)"`,
      "it made a path that is too long to be listed",
    ],
  ])("is refused, and nothing committed, when it makes %s", async (_, command, reason) => {
    const node = parseId("1.66");
    expect(await lab.build(command, { node })).toEqual({
      kind: "failed",
      verdict: "policy_violation",
      reason,
      log: Buffer.alloc(0),
    });
    expect(
      await findImage(lab.settings.engine, `${lab.settings.repository}:1.66-built`),
    ).toBeNull();
  });

  it("is refused when it leads the metrics file's folder elsewhere, and may make the folder", async () => {
    const metricsFile = "out/metrics.csv";
    const forged = "mkdir made && echo '1,1' > made/metrics.csv && ln -s made out";
    expect(await lab.build(forged, { metricsFile })).toMatchObject({
      verdict: "policy_violation",
      reason: "out is above the metrics file, and a link",
    });
    expect(await lab.build("mkdir out && touch out/k", { metricsFile })).toMatchObject({
      kind: "built",
    });
  });

  it("that changes nothing is a build", async () => {
    expect(await lab.build("true")).toMatchObject({ kind: "built", outputs: [] });
  });

  it("fails with its exit code and its log", async () => {
    expect(await lab.build("echo to stdout; echo to stderr >&2; exit 7")).toEqual({
      kind: "failed",
      verdict: "build_failed",
      reason: "the build exited with 7",
      log: Buffer.from("to stdout\nto stderr\n"),
    });
  });

  it("is cached by snapshot and command, and done again when asked to be clean", async () => {
    const node = parseId("1.2");
    const first = await lab.build("date +%N > stamp", { node, clean: false });
    const again = await lab.build("date +%N > stamp", { node, clean: false });
    const other = await lab.build("date +%N > stamp2", { node, clean: false });
    const clean = await lab.build("date +%N > stamp2", { node, clean: true });
    const snapshot = await lab.snapshotOf("1.2", { "src/k.c": "k2\n" });
    const moved = await lab.build("date +%N > stamp2", {
      node,
      clean: false,
      snapshotId: snapshot.imageId,
    });
    const outcomes = [first, again, other, clean, moved];
    expect(outcomes.map((outcome) => outcome.kind === "built" && outcome.cached)).toEqual([
      false,
      true,
      false,
      false,
      false,
    ]);
    const images = outcomes.map((outcome) => (outcome.kind === "built" ? outcome.imageId : ""));
    expect(images[1]).toBe(images[0]);
    expect(new Set(images).size).toBe(4);
  });

  it("is the snapshot itself where there is nothing to build", async () => {
    expect(await lab.build(null)).toMatchObject({
      kind: "built",
      imageId: lab.snapshot.imageId,
      outputs: [],
    });
  });
});
