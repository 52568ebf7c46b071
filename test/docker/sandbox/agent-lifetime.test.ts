import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tried, waysThatWork } from "../attack.ts";
import { readImage } from "../container.ts";
import { type Lab, openLab } from "../lab.ts";

describe("the life of an agent's container", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: { "src/a.c": "a\n", "bench.sh!": "#!/bin/sh\n", "oracle/key": "k\n" },
      access: { writable: ["./"], readable: ["bench.sh"], hidden: ["oracle/"] },
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("protects files over a workspace that is writable as a whole", async () => {
    await using agent = await lab.openAgent();
    expect(await waysThatWork(agent.session, "bench.sh")).toEqual([]);
    expect(await tried(agent.session, "mv src lib && echo b > lib/b.c && ls -A")).toEqual([
      0,
      "lib",
    ]);
    expect(await agent.readBack()).toEqual({
      kind: "files",
      dropped: [],
      files: [
        { path: "lib/a.c", mode: "100644", content: Buffer.from("a\n") },
        { path: "lib/b.c", mode: "100644", content: Buffer.from("b\n") },
      ],
    });
  });

  it("leaves neither a container nor a volume when it is disposed of", async () => {
    const agent = await lab.openAgent();
    expect(await lab.left()).toEqual({ containers: 2, volumes: 2 });
    await agent[Symbol.asyncDispose]();
    expect(await lab.left()).toEqual({ containers: 0, volumes: 1 });
  });

  it("is never committed: what an agent leaves beside its writable entries is in no later image", async () => {
    const { back } = await lab.play(
      "for f in /tmp/evil /var/tmp/evil ~/evil /dev/shm/evil /run/lock/evil; do touch $f; done; ls ~",
    );
    expect(back.kind).toBe("files");
    const next = await lab.snapshotOf("1.1", { "src/a.c": "changed\n" });
    const files = await readImage(lab.settings.engine.docker, next.imageId, "/");
    expect([...files.keys()].filter((path) => path.endsWith("/evil"))).toEqual([]);
    // Nor is anything hidden, in no image and in no volume.
    expect([...files.keys()].filter((path) => path.includes("oracle"))).toEqual([]);
  });
});
