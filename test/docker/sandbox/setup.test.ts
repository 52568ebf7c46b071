import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { prepareBase } from "../../../src/sandbox/image/base.ts";
import { readImage } from "../container.ts";
import { type Lab, openLab, signal } from "../lab.ts";

const SETUP = `
id -u > who
ls /sys/class/net | tr '\\n' ' ' > net
find . -type f | sort > /seen && mv /seen seen
mkdir -p deps/bin out/nested && echo tool > deps/bin/tool && chmod 4777 deps/bin/tool
ln deps/bin/tool deps/hard && ln src/k.c copy-of-k && ln -s bin/tool deps/link
chmod 700 out/nested && chown -R 10001 deps && touch src/k.c && echo changed >> Makefile
`;

describe("setup", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        Makefile: "all:\n",
        "-rf": "a name like an option\n",
        "src/k.c": "k\n",
        "src/-k.c": "k\n",
        "oracle/expected": "42\n",
      },
      access: { writable: ["src/"], hidden: ["oracle/"] },
      setup: SETUP,
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("runs as root with network, and sees the workspace without hidden files", async () => {
    const base = await readImage(lab.settings.engine.docker, lab.base.imageId, "/workspace");
    expect(base.get("/workspace/who")?.text).toBe("0\n");
    expect(base.get("/workspace/net")?.text).toBe("eth0 lo ");
    expect(base.get("/workspace/seen")?.text).toBe(
      "./-rf\n./Makefile\n./net\n./src/-k.c\n./src/k.c\n./who\n",
    );
  });

  it("leaves a base of root's files in sticky folders, without writable files", async () => {
    const base = await readImage(lab.settings.engine.docker, lab.base.imageId, "/workspace");
    const facts = [...base].map(([path, { type, mode, uid }]) => `${path} ${type} ${mode} ${uid}`);
    expect(facts.toSorted()).toEqual([
      "/workspace directory 1777 0",
      "/workspace/-rf file 644 0",
      "/workspace/Makefile file 644 0",
      "/workspace/copy-of-k file 644 0",
      "/workspace/deps directory 1777 0",
      "/workspace/deps/bin directory 1777 0",
      "/workspace/deps/bin/tool file 755 0",
      "/workspace/deps/hard link 755 0",
      "/workspace/deps/link symlink 777 0",
      "/workspace/net file 644 0",
      "/workspace/out directory 1777 0",
      "/workspace/out/nested directory 1777 0",
      "/workspace/seen file 644 0",
      "/workspace/src directory 1777 0",
      "/workspace/who file 644 0",
    ]);
    expect(base.get("/workspace/Makefile")?.text).toBe("all:\nchanged\n");
    const rest = await readImage(lab.settings.engine.docker, lab.base.imageId, "/");
    expect([...rest.keys()].filter((path) => path.includes("loopty"))).toEqual([]);
  });

  it("shows an agent what it made, hard links too, and protects it", async () => {
    const { results } = await lab.play(
      "cat deps/bin/tool deps/hard deps/link copy-of-k",
      "echo x >> deps/hard; rm -f deps/link; cat deps/link; ls src",
    );
    expect(results[0]).toMatchObject({ exitCode: 0, output: "tool\ntool\ntool\nk\n" });
    expect(results[1]?.output).toMatch(/Read-only file system[\s\S]*\ntool\n-k\.c\nk\.c\n$/);
  });

  it("is done once for the same files, and again when one changes that it sees", async () => {
    const file = join(lab.root, "src/k.c");
    const before = await readFile(file);
    expect((await prepareBase(lab.settings, lab.baseRequest, signal)).imageId).toBe(
      lab.base.imageId,
    );
    // As long as before: the lab has listed it once.
    await writeFile(file, "j\n");
    const changed = await prepareBase(lab.settings, lab.baseRequest, signal);
    await writeFile(file, before);
    expect(changed.tag).not.toBe(lab.base.tag);
    expect((await prepareBase(lab.settings, lab.baseRequest, signal)).imageId).toBe(
      lab.base.imageId,
    );
  });

  it("alone has the proxies of the docker command, which stay in no image", async () => {
    const proxies = { HTTPS_PROXY: "http://me:it's secret@proxy:3128", NO_PROXY: "inside" };
    const settings = { ...lab.settings, engine: { ...lab.settings.engine, proxies } };
    const command = 'echo "$HTTPS_PROXY for all but $NO_PROXY" > said';
    const request = { ...lab.baseRequest, setup: { command, timeoutMs: 60_000, ca: null } };
    const { imageId } = await prepareBase(settings, request, signal);
    const { docker } = settings.engine;
    const said = (await readImage(docker, imageId, "/workspace")).get("/workspace/said");
    expect(said?.text).toBe("http://me:it's secret@proxy:3128 for all but inside\n");
    expect([...(await readImage(docker, imageId, "/")).keys()].join()).not.toContain("variables");
    const image = docker.getImage(imageId);
    const told = JSON.stringify([await image.inspect(), await image.history()]);
    expect(told).not.toContain("secret");
  });

  it("that fails is the user's to mend: exit code and the log's tail, and nothing left", async () => {
    const command = "seq 100; echo no such package >&2; exit 3";
    const error = await failureOf(lab, command, 60_000);
    expect(error.message).toMatch(/^setup exited with 3:\n82\n83\n[\s\S]*\n100\nno such package$/);
    expect(error.hint).toBe(
      "setup runs once as root with network in the sandbox image; see sandbox.setup in loopty.yaml",
    );
    expect(await lab.left()).toMatchObject({ containers: 0 });
  });

  it("that takes too long is ended", async () => {
    const error = await failureOf(lab, "echo begun; sleep 60", 1000);
    expect(error.message).toBe("setup took longer than 1 s:\nbegun");
  });
});

async function failureOf(lab: Lab, command: string, timeoutMs: number): Promise<UserError> {
  const request = { ...lab.baseRequest, setup: { command, timeoutMs, ca: null } };
  const error = await prepareBase(lab.settings, request, signal).catch((thrown: unknown) => thrown);
  if (error instanceof UserError) return error;
  throw new Error(`not a user's error: ${error}`);
}
