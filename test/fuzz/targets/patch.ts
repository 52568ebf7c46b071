import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { applyChanges, type FileChange } from "../../../src/agent/change.ts";
import type { WorkspaceFile } from "../../../src/core/file.ts";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { MemorySession } from "../../agent/memory-session.ts";
import { type FuzzTarget, textsOf } from "../target.ts";

const NO_SIGNAL = new AbortController().signal;
const file = (path: string, text: string): WorkspaceFile => {
  return { path, mode: "100644", content: Buffer.from(text) };
};
const FILES = [file("src/a.c", "int a;\nint b;\nint c;\n"), file("src/old", "old\n")];

const repositories = new Map<string, { code: CodeRepository; commit: string }>();

async function repositoryIn(folder: string) {
  const known = repositories.get(folder);
  if (known !== undefined) return known;
  const code = await CodeRepository.open(join(folder, "code.git"), process.env.PATH ?? "");
  const { commit } = await code.commitFiles({
    files: FILES,
    parentCommit: null,
    message: "fuzz",
    branch: "loopty-1",
    date: new Date(0),
  });
  const opened = { code, commit };
  repositories.set(folder, opened);
  return opened;
}

/** What `loopty try` is given, as `git diff` writes it. */
export const patch: FuzzTarget = {
  name: "patch",
  samples: textsOf(
    "--- a/src/a.c\n+++ b/src/a.c\n@@ -1,3 +1,3 @@\n int a;\n-int b;\n+long b;\n int c;\n",
    "diff --git a/src/new.c b/src/new.c\nnew file mode 100755\n--- /dev/null\n+++ b/src/new.c\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n",
    "diff --git a/src/old b/src/old\ndeleted file mode 100644\n--- a/src/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n",
    "diff --git a/src/old b/src/moved\nsimilarity index 100%\nrename from src/old\nrename to src/moved\n",
    "diff --git a/bin b/bin\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..f76dd238ade08917e6712764a16a22005a50573d\nGIT binary patch\nliteral 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n",
  ),
  structure: "bytes",
  words: [
    ...[
      "--- a/",
      "+++ b/",
      "/dev/null",
      "@@ -1 +1 @@\n",
      "\n+",
      "\n-",
      "\n ",
      "diff --git a/x b/x\n",
      "\\ No newline",
    ],
    ...[
      "new file mode 120000\n",
      "new file mode 160000\n",
      "old mode 100644\nnew mode 100755\n",
      "literal 9\n",
    ],
    ...[
      "rename to ../x\n",
      "copy from src/a.c\ncopy to .git/x\n",
      '"src/\\377"',
      "999999999",
      "a/../../x",
    ],
  ],
  inputs: 15,
  async check(input, _random, folder) {
    const { code, commit } = await repositoryIn(folder);
    const outcome = await code.applyPatch(commit, input);
    assert.deepEqual(
      readdirSync(join(folder, "code.git")).filter((name) => name.startsWith("loopty-index")),
      [],
    );
    if (outcome.kind === "rejected") {
      assert.ok(outcome.reason !== "");
      return;
    }
    const paths = outcome.files.map(({ path }) => path);
    assert.equal(new Set(paths).size, paths.length);
    for (const path of paths) {
      assert.ok(!/^\/|(^|\/)(\.\.?|\.git)?(\/|$)/i.test(path), path);
    }
    const texts = Object.fromEntries(FILES.map(({ path, content }) => [path, content]));
    const session = new MemorySession(texts);
    const changes = outcome.files.map(({ path, content }): FileChange => {
      return { kind: "write", path, content };
    });
    for (const change of changes) await applyChanges(session, [change], NO_SIGNAL);
    for (const { path, content } of outcome.files) {
      assert.ok((await session.readFile(path))?.equals(content));
    }
    assert.deepEqual(await code.readFiles(commit), FILES);
  },
};
