import { describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { nodeIdSchema } from "../../../src/core/tree/id.ts";
import { readContent } from "../../../src/loop/origin/foreign-snapshot.ts";
import { divideWorkspace } from "../../../src/loop/origin/workspace.ts";
import { type PackedEntry, packArchive } from "../../../src/sandbox/container/archive.ts";
import { findSnapshotImage } from "../../../src/sandbox/image/pulled-snapshot.ts";
import { addFiles } from "../../config/folder-tree.ts";
import { archiveEngine } from "../../sandbox/archive-engine.ts";
import { scratchFolder } from "../../store/scratch.ts";

const SNAPSHOT = { "loopty.kind": "snapshot", "loopty.node": "3.1.2", "loopty.project": "p1" };

describe("an image that shall be a node's", () => {
  it("says by its labels which", async () => {
    const { engine } = await archiveEngine({ "host:5/x/y:3": SNAPSHOT }, () => archive([]));
    expect(await findSnapshotImage(engine, "host:5/x/y:3")).toEqual({
      reference: "host:5/x/y:3",
      imageId: "sha256:1",
      node: "3.1.2",
      projectId: "p1",
    });
  });

  it.each([
    ["lost", "there is no image lost at "],
    ["../containers/c", "there is no image ../containers/c at "],
    ["x/../../images/plain", "there is no image x/../../images/plain at "],
    ["plain", "plain is no node's image: loopty did not make it"],
    ["built", "built is no node's image: it is a built image"],
    ["forged", "forged is no node's image: it is a snapshot image"],
  ])("is refused where it is not one: %s", async (reference, message) => {
    const labels = {
      plain: {},
      built: { ...SNAPSHOT, "loopty.kind": "built" },
      forged: { ...SNAPSHOT, "loopty.node": "x" },
    };
    const { engine } = await archiveEngine(labels, () => archive([]));
    await expect(findSnapshotImage(engine, reference)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(message),
      hint: expect.any(String),
    });
  });
});

const YAML = `name: demo
statement: s
access: { writable: [src/], hidden: [oracle/] }
commands: { benchmark: sh bench.sh }
`;
const OWN = {
  "loopty.yaml": YAML,
  ".gitignore": "cache/\n",
  "bench.sh": "echo\n",
  "src/a.c": "here\n",
  "oracle/answer": "42\n",
};
const image = {
  reference: "loopty/demo:1.1",
  imageId: "sha256:1",
  node: nodeIdSchema.parse("1.1"),
  projectId: "p1",
};

function file(path: string, text: string, mode = 0o644): PackedEntry {
  return { path, content: Buffer.from(text), mode, uid: 0 };
}

function archive(entries: readonly PackedEntry[]) {
  return packArchive(entries, new Date(0));
}

/** What the image holds beside the protected files of the repository. */
async function read(more: readonly PackedEntry[], own: readonly PackedEntry[] = PROTECTED) {
  const directory = scratchFolder();
  await addFiles(directory, OWN);
  const { config } = await loadConfig({ directory });
  const settings = await archiveEngine({}, () => archive([...own, ...more]));
  return readContent(settings, image, await divideWorkspace(config));
}

const PROTECTED = [
  file("loopty.yaml", YAML),
  file(".gitignore", "cache/\n"),
  file("bench.sh", "echo\n"),
];

describe("the content of an image that comes from elsewhere", () => {
  it("is the node's writable files, and what setup left beside the repository's", async () => {
    const content = await read([
      file("src/z.c", "z\n", 0o755),
      file("src/b.c", "b\n"),
      file("src/cache/x", "setup\n"),
      file("node_modules/m.js", "setup\n"),
    ]);
    expect(content.files).toEqual([
      { path: "src/b.c", mode: "100644", content: Buffer.from("b\n") },
      { path: "src/z.c", mode: "100755", content: Buffer.from("z\n") },
    ]);
    expect(content.onlyInImage).toEqual(["node_modules/m.js", "src/cache/x"]);
  });

  const other = (path: string, entry: PackedEntry) => [
    ...PROTECTED.filter((own) => own.path !== path),
    entry,
  ];
  it.each([
    ["text", other("bench.sh", file("bench.sh", "fake\n")), "has other protected files: bench.sh"],
    ["size", other("bench.sh", file("bench.sh", "x")), "has other protected files: bench.sh"],
    [
      "mode",
      other("bench.sh", file("bench.sh", "echo\n", 0o755)),
      "has other protected files: bench.sh",
    ],
    [
      "nothing of it",
      [file("src/main.rs", "fn main() {}\n")],
      "lacks files of this repository: .gitignore, bench.sh",
    ],
    [
      "hidden files",
      [...PROTECTED, file("oracle/answer", "42\n")],
      "has files that are hidden here",
    ],
  ])("does not fit with other protected files: %s", async (_, entries, message) => {
    await expect(read([], entries)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(
        `loopty/demo:1.1 does not fit this repository: it ${message}`,
      ),
      hint: expect.stringContaining("made by project p1"),
    });
  });

  it("is refused with a writable file that no node has", async () => {
    await expect(read([file("src/.wh.a.c", "")])).rejects.toMatchObject({
      message: expect.stringContaining("is refused: src/.wh.a.c has a part that"),
    });
  });
});
