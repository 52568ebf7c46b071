import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { checkPath, findFolderClash, gitFolders } from "../../../src/core/access/path.ts";
import { compileAccess } from "../../../src/core/access/policy.ts";
import { EngineError } from "../../../src/core/error.ts";
import { packArchive, readArchive } from "../../../src/sandbox/container/archive.ts";
import { planMounts } from "../../../src/sandbox/editing/mount-plan.ts";
import { type ReadBackRules, validateReadBack } from "../../../src/sandbox/editing/read-back.ts";
import { type ForgedEntry, forgeArchive } from "../../attacks/files/forged-volume.ts";
import { cut, type FuzzTarget } from "../target.ts";

const LIMITS = { entries: 8, bytes: 8192 };

const policy = compileAccess({
  writable: ["params.h", "src/"],
  readable: ["src/keep.h"],
  hidden: ["src/oracle/"],
  default: "readable",
});

// In the volume, 0 is params.h and 1 is src/.
const rules: ReadBackRules = {
  policy,
  plan: planMounts({
    policy,
    protectedFiles: ["bench.sh", "src/keep.h"],
    hiddenFiles: ["src/oracle/answer"],
    buildOutputs: ["src/k.o"],
    writableFiles: ["params.h", "src/kernel.c"],
  }),
  isIgnored: (path) => path.endsWith(".log"),
  buildOutputs: new Set(["src/k.o"]),
  parentPaths: new Set(["params.h", "src/kernel.c"]),
};

const ARCHIVES: readonly (readonly ForgedEntry[])[] = [
  [
    { name: "./", type: "directory" },
    { name: "0", text: "#define N 1\n" },
  ],
  [
    { name: "1/", type: "directory" },
    { name: "1/a.c", text: "a".repeat(600) },
    { name: `1/${"long/".repeat(30)}b.c`, text: "b" },
    { name: "1/k.o", text: "" },
  ],
  [
    { name: "1/link", type: "symlink", linkname: "/etc/passwd" },
    { name: "1/hard", type: "link", linkname: "1/a.c" },
    { name: "1/sparse", text: "x", letter: "S" },
    { name: "1/größe.c", text: "é" },
  ],
];

/** The writable entries of an agent's container, as a tar stream. */
export const archive: FuzzTarget = {
  name: "archive",
  samples: await Promise.all(ARCHIVES.map(forgeArchive)),
  structure: "bytes",
  words: [
    "1/",
    "0",
    "./",
    "..",
    "/",
    "\0",
    "ustar\0" + "00",
    "ustar  \0",
    "1/.git/HEAD",
    "1/.wh.x",
    "path=1/x\n",
    "x",
    "L",
    "K",
    "g",
  ],
  inputs: 625,
  async check(input, random) {
    const stream = Readable.from(cut(input, random));
    const reading = await readArchive(stream, LIMITS).catch((error: unknown) => {
      if (error instanceof EngineError) return null;
      throw error;
    });
    if (reading === null || reading.kind === "refused") return;
    const { entries } = reading;
    assert.ok(entries.length <= LIMITS.entries);
    assert.ok(entries.reduce((sum, { content }) => sum + content.length, 0) <= LIMITS.bytes);
    const back = validateReadBack(entries, rules);
    if (back.kind === "violation") return;
    const paths = back.files.map(({ path }) => path);
    for (const path of paths) {
      assert.equal(checkPath(path), null);
      assert.equal(policy.accessOf(path), "writable");
    }
    assert.equal(new Set(paths).size, paths.length);
    assert.equal(gitFolders(paths).size, 0);
    assert.equal(findFolderClash(paths), null);
    const packed = back.files.map(({ path, content }) => ({ path, content, mode: 0o644, uid: 0 }));
    const again = await readArchive(packArchive(packed, new Date(0)), LIMITS);
    assert.ok(again.kind === "entries" || again.reason.startsWith("more than 8 files"));
    if (again.kind !== "entries") return;
    assert.deepEqual(
      again.entries.slice(1).map(({ name, content }) => [name, content.toString("latin1")]),
      back.files.map(({ path, content }) => [`./${path}`, content.toString("latin1")]),
    );
  },
};
