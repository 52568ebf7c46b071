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

  it("keeps whether a file is executable, and no other bit of its mode", async () => {
    const { back } = await lab.play("chmod 6777 src/k.c && chmod 000 src/kept.ignored");
    expect(back).toMatchObject({ files: [{}, { mode: "100755" }, { mode: "100644" }] });
  });

  it.each([
    ["a symlink", "ln -s k.c src/l.c", "src/l.c is a symlink, not a plain file"],
    ["a symlink to the host", "ln -s / src/root", "src/root is a symlink, not a plain file"],
    ["a file replaced by a symlink", "ln -sf /x src/k.c", "src/k.c is a symlink, not a plain file"],
    ["a hard link", "ln src/k.c src/l.c", "src/l.c is a link, not a plain file"],
    ["a fifo", "mkfifo src/pipe", "src/pipe is a fifo, not a plain file"],
    [
      "a repository",
      "mkdir src/.git && touch src/.git/config",
      "src/.git/config lies in .git or .loopty",
    ],
    ["a name with a newline", "touch 'src/a\nb'", "src/a\\nb has a control character"],
    [
      "a name with an escape",
      "touch \"$(printf 'src/a\\033[2Jb')\"",
      "src/a\\x1b[2Jb has a control character",
    ],
    [
      "a whiteout",
      "touch src/.wh.keep.h",
      "src/.wh.keep.h has a part that overlay file systems read as a deletion",
    ],
    [
      "a whiteout folder",
      "mkdir src/.wh.x && touch src/.wh.x/y",
      "src/.wh.x/y has a part that overlay file systems read as a deletion",
    ],
    [
      "a name that is not UTF-8",
      "touch \"$(printf 'src/\\377')\"",
      "src/\ufffd is not valid UTF-8",
    ],
  ])("is refused for %s", async (_, command, reason) => {
    const { results, back } = await lab.play(command);
    expect(results).toMatchObject([{ exitCode: 0 }]);
    expect(back).toEqual({ kind: "violation", reason });
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

  it("is refused for too many files", async () => {
    const { back } = await lab.play("cd src && seq 20001 | xargs touch");
    expect(back).toEqual({ kind: "refused", reason: "more than 20000 files and folders" });
  });

  it("is refused for a sparse file of a gigabyte before its zeros are read", async () => {
    await using agent = await lab.openAgent({}, { diskBytes: 4 * 1024 ** 3 });
    expect(await agent.session.run("truncate -s 1G src/big", 60_000)).toMatchObject({
      exitCode: 0,
    });
    const start = performance.now();
    expect(await lab.readBack(agent)).toEqual({
      kind: "refused",
      reason: "more than 268435456 bytes of files",
    });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
