import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, openLab } from "../lab.ts";

describe("what an agent leaves in its writable entries", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "src/k.c": "k\n",
        "src/kept.ignored": "kept\n",
        "src/keep.h": "keep\n",
        "params.h": "p\n",
      },
      access: { writable: ["src/", "params.h"], readable: ["src/keep.h"] },
      buildOutputs: ["src/k.o", "src/out", "src/out/k.d"],
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const parent = [
    { path: "params.h", mode: "100644", content: Buffer.from("p\n") },
    { path: "src/k.c", mode: "100644", content: Buffer.from("k\n") },
    { path: "src/kept.ignored", mode: "100644", content: Buffer.from("kept\n") },
  ];

  it("is the parent's files where it did nothing", async () => {
    expect((await lab.play()).back).toEqual({ kind: "files", dropped: [], files: parent });
  });

  it("leaves out what git ignores and what the build makes, and says so", async () => {
    const { back } = await lab.play(
      "echo planted > src/k.o && touch -d 2099-01-01 src/k.o",
      "mkdir src/out && echo dep > src/out/k.d",
      "echo log > src/run.ignored && ln -s /etc/passwd src/link.ignored",
      "mkdir src/empty && echo beside > beside.txt",
    );
    expect(back).toEqual({
      kind: "files",
      dropped: ["src/k.o", "src/link.ignored", "src/out/k.d", "src/run.ignored"],
      files: parent,
    });
  });

  it("is refused for a file where the rules want a folder", async () => {
    await using deep = await openLab({
      files: { "src/k.c": "k\n", "src/lib/keep.h": "keep\n", "src/oracle/answer": "42\n" },
      access: { writable: ["src/"], readable: ["src/lib/"], hidden: ["src/oracle/"] },
    });
    // The folder of hidden files is not there, since nothing else lies in it.
    const { results, back } = await deep.play("ls src", "echo x > src/oracle");
    expect(results[0]?.output).toBe("k.c\nlib\n");
    expect(back).toEqual({ kind: "violation", reason: "src/oracle is readable, not writable" });
    const made = await deep.play("mkdir src/oracle && echo 41 > src/oracle/answer");
    expect(made.back).toEqual({
      kind: "violation",
      reason: "src/oracle/answer is hidden, not writable",
    });
  });
});
