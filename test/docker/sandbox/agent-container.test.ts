import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, openLab } from "../lab.ts";

describe("the agent's container", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "src/kernel.c": "int k;\n",
        "src/gen/a.c": "a\n",
        "src/keep.h": "keep\n",
        "bench.sh!": "#!/bin/sh\n",
        "lib/one.h": "1\n",
        "lib/two.h": "2\n",
        "oracle/secret.txt": "42\n",
      },
      access: { writable: ["src/"], readable: ["src/keep.h"], hidden: ["oracle/"] },
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  it("lets the agent write where it may and refuses the rest by the kernel", async () => {
    const { results, back } = await lab.play(
      "echo changed > src/kernel.c && rm src/gen/a.c && echo new > src/new.c",
      "echo x >> bench.sh",
      "rm -f bench.sh; mv lib lib2; rm -rf oracle; ls",
      "echo x > src/keep.h",
      "mv src/keep.h src/keep2.h",
      "ls -la /workspace /workspace/src; cat /proc/self/mountinfo | grep workspace; id",
    );
    for (const r of results) console.log(r.exitCode, r.output);
    expect(back).toEqual({
      kind: "files",
      dropped: [],
      files: [
        { path: "src/kernel.c", mode: "100644", content: Buffer.from("changed\n") },
        { path: "src/new.c", mode: "100644", content: Buffer.from("new\n") },
      ],
    });
  });
});
