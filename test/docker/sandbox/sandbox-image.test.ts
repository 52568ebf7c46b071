import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { connectEngine, type Engine } from "../../../src/sandbox/engine/engine.ts";
import { sandboxImage } from "../../../src/sandbox/image/sandbox-image.ts";
import { dockerRun } from "../container.ts";
import { openLab, signal } from "../lab.ts";

describe("the sandbox image", () => {
  let engine: Engine;
  let folder: string;
  let parent: string;
  const made = new Set<string>();
  beforeAll(async () => {
    engine = await connectEngine(process.env, homedir());
    folder = await mkdtemp(join(tmpdir(), "loopty-image-"));
    const packaged = await sandboxImage(engine, { kind: "packaged" }, signal);
    [parent = ""] = packaged.RepoTags;
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    for (const id of made) await engine.docker.getImage(id).remove({ force: true });
  });

  /** From a Dockerfile; `stamp` keeps its tag apart from any that a person may have. */
  const imageOf = async (lines: readonly string[]) => {
    const path = join(folder, "Dockerfile");
    await writeFile(path, [`FROM ${parent}`, `LABEL stamp=${folder}`, ...lines, ""].join("\n"));
    try {
      return await sandboxImage(engine, { kind: "dockerfile", path }, signal);
    } finally {
      // One that was refused is there all the same.
      const filters = { label: [`stamp=${folder}`] };
      for (const { Id: id } of await engine.docker.listImages({ filters })) made.add(id);
    }
  };
  const failureOf = async (made: Promise<unknown>) => {
    const error = await made.catch((thrown: unknown) => thrown);
    return error instanceof UserError ? `${error.message} | ${error.hint}` : `no: ${error}`;
  };

  it("is the packaged one, with three users, a tool chain and no git", async () => {
    const { stdout } = await dockerRun(engine.docker, parent, {
      Cmd: ["sh", "-c", "tail -n 3 /etc/passwd; which gcc g++ make python3 node git"],
    });
    expect(stdout.split("\n")).toEqual([
      "agent:x:10001:10001::/tmp:/usr/sbin/nologin",
      "measure:x:10002:10002::/tmp:/usr/sbin/nologin",
      "helper:x:10003:10003::/tmp:/usr/sbin/nologin",
      "/usr/bin/gcc",
      "/usr/bin/g++",
      "/usr/bin/make",
      "/usr/bin/python3",
      "/usr/bin/node",
      "",
    ]);
  });

  it("is built from a Dockerfile once, and named by its text", async () => {
    const first = await imageOf(["ENV A=1"]);
    expect(first.RepoTags).toEqual([
      expect.stringMatching(/^(docker\.io\/)?loopty\/sandbox:[0-9a-f]{12}$/),
    ]);
    expect((await imageOf(["ENV A=1"])).Id).toBe(first.Id);
    expect((await imageOf(["ENV A=2"])).RepoTags).not.toEqual(first.RepoTags);
  });

  it("is built from a Dockerfile that is written for BuildKit, or refused in one line", async () => {
    const lines = [
      "RUN --mount=type=cache,target=/root/.cache touch /root/.cache/x /made",
      "RUN test ! -e /root/.cache/x && test -e /made",
    ];
    const image = await imageOf(lines).catch((error: unknown) => error);
    if (!(image instanceof UserError)) return expect(image).toMatchObject({ Os: "linux" });
    // BuildKit of 26.1 cannot read an archive where images are in containerd's store.
    expect(engine.imageStore).toBe("containerd");
    expect(image.message).toBe(
      `${join(folder, "Dockerfile")} needs BuildKit, and this engine offers none by its API`,
    );
    expect(image.hint).toMatch(
      /^docker buildx build --load -t \S+ -f .* instead of sandbox.dockerfile$/,
    );
  });

  it("is refused with file and line where the Dockerfile is wrong", async () => {
    const failure = await failureOf(imageOf(["RUN true", "ECHO hi"]));
    expect(failure).toMatch(
      engine.kind === "podman"
        ? /^the sandbox image does not build: .*ECHO/is
        : /\/Dockerfile:4: unknown instruction: ECHO \| https:/,
    );
  });

  it("is built again where it copies a file that changed", async () => {
    const lines = ["COPY version /version"];
    await writeFile(join(folder, "version"), "1");
    const first = await imageOf(lines);
    expect((await imageOf(lines)).Id).toBe(first.Id);
    await writeFile(join(folder, "version"), "2");
    expect((await imageOf(lines)).Id).not.toBe(first.Id);
  });

  it.each(["/workspace", "/workspace/", "/workspace/src", "/"])(
    "is refused when it declares VOLUME %s, however often it is asked for",
    async (volume) => {
      const refused = new RegExp(
        `^the image .* declares VOLUME ${volume} | /workspace belongs to loopty: take that VOLUME out of the Dockerfile$`,
      );
      expect(await failureOf(imageOf([`VOLUME ${volume}`]))).toMatch(refused);
      expect(await failureOf(imageOf([`VOLUME ${volume}`]))).toMatch(refused);
    },
  );

  it("may declare a volume elsewhere", async () => {
    expect((await imageOf(["VOLUME /data /workspaces"])).Config.Volumes).toEqual({
      "/data": {},
      "/workspaces": {},
    });
  });

  it("is built by the proxies of the docker command, which do not stay in it", async () => {
    const plain = engine;
    engine = { ...plain, proxies: { HTTP_PROXY: "http://me:secret@proxy:3128" } };
    try {
      const image = await imageOf(['RUN test $(expr length "$HTTP_PROXY") = 27']);
      const history: unknown = await engine.docker.getImage(image.Id).history();
      expect(JSON.stringify([image, history])).not.toContain("secret");
      expect(image.Config.Env.join()).not.toContain("PROXY");
    } finally {
      engine = plain;
    }
  });

  it("that does not build is the user's to mend, with the build's last lines", async () => {
    expect(await failureOf(imageOf(["RUN echo before && exit 9"]))).toMatch(
      /^the sandbox image does not build: .*(?:returned a non-zero code:|exit status) 9\n[\s\S]*before[\s\S]* \| try it alone: docker build -f /,
    );
  });

  it("that is nowhere is the user's to mend", async () => {
    const ref = "loopty.invalid/none:1";
    const failure = await failureOf(sandboxImage(engine, { kind: "image", ref }, signal));
    expect(failure).toMatch(
      /^the image loopty\.invalid\/none:1 is not here and cannot be pulled \| .*; docker pull loopty/,
    );
  });

  it("may bring no file to the workspace's place, where it would be in every node", async () => {
    await writeFile(join(folder, "secret"), "42");
    const copied = await imageOf(["COPY secret /workspace/oracle/"]);
    const lab = { files: { "a.c": "a\n" }, access: { writable: ["a.c"] } };
    const refused =
      "the sandbox image has files in /workspace: oracle/secret | loopty puts the workspace there itself: take the COPY or ADD of it out of the Dockerfile";
    const sandboxImageId = copied.Id;
    expect(await failureOf(openLab({ ...lab, sandboxImageId }))).toBe(refused);
    expect(await failureOf(openLab({ ...lab, sandboxImageId, setup: "true" }))).toBe(refused);
  });

  it("may have an entrypoint, a command and another user: they are reset", async () => {
    const image = await imageOf([
      "RUN mkdir -p /elsewhere",
      'ENTRYPOINT ["/bin/echo", "the entrypoint ran:"]',
      'CMD ["default"]',
      "USER 1234",
      "WORKDIR /elsewhere",
      "HEALTHCHECK CMD touch /workspace/healthy",
    ]);
    await using lab = await openLab({
      files: { "src/a.c": "a\n" },
      access: { writable: ["src/"] },
      sandboxImageId: image.Id,
      setup: "id -u; pwd",
    });
    expect((await lab.build("id -u; pwd")).log.toString()).toBe("10002\n/workspace\n");
    const { results } = await lab.play("id -u; pwd");
    expect(results[0]?.output).toBe("10001\n/workspace\n");
    const snapshot = await lab.snapshotOf("1.1", { "src/a.c": "a\n" }, "id -u; pwd");
    expect(await dockerRun(engine.docker, snapshot.tag)).toEqual({
      exitCode: 0,
      stdout: "10002\n/workspace\n",
      stderr: "",
    });
  });
});
