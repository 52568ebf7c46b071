import { join } from "node:path";
import { describe, expect } from "vitest";
import { CodeRepository } from "../../../src/store/git/code-repository.ts";
import { SEARCH_PATH, scratchFolder } from "../../store/scratch.ts";
import { attack } from "../attack.ts";
import { openLaboratory } from "../laboratory.ts";
import { changing, refused, textOf } from "./change.ts";
import { refusalOf } from "./forged-volume.ts";

describe("a name that an agent gives to a file", () => {
  const here = openLaboratory();

  const { leave, left, workspaceOf } = changing(here);

  attack(
    {
      case: "10",
      title: "names that Docker's commit reads as deletions: .wh.x, .wh..wh..opq",
      outcome: "refused before anything is committed",
    },
    async () => {
      const reason = "has a part that overlay file systems read as a deletion";
      expect(await leave("touch src/.wh.keep.h")).toEqual(refused(`src/.wh.keep.h ${reason}`));
      expect(await leave("mkdir src/x && touch src/x/.wh..wh..opq")).toEqual(
        refused(`src/x/.wh..wh..opq ${reason}`),
      );
      expect(await here.lab.build("touch .wh.bench.sh")).toMatchObject({
        verdict: "policy_violation",
        reason: "/workspace/.wh.bench.sh would delete files of the image",
      });
    },
  );

  attack(
    {
      case: "13",
      title: "names with newline, ESC, backslash, other bytes than UTF-8; dashes, quotes, $( )",
      outcome: "the first kind is refused and shown escaped, the second kept byte by byte",
    },
    async () => {
      const control = "has a control character";
      const bad = {
        "a\\nb": `src/a\\nb ${control}`,
        "\\033[2J": `src/\\x1b[2J ${control}`,
        "a\\\\b": "src/a\\b has a backslash",
        "\\377": "src/\ufffd is not valid UTF-8",
      };
      for (const [name, reason] of Object.entries(bad)) {
        expect(await leave(`touch "$(printf 'src/${name}')"`)).toEqual(refused(reason));
      }
      const names = ["-rf", " ", "$(touch x)", "`x`", "';x;'", '"q"', "*", ":(top)", "__proto__"];
      const odd = [...names, "BZh91AY&SY", "n".repeat(255)].map((name) => `src/${name}`);
      const made = await left(
        ...odd.map((path) => `printf %s odd > '${path.replaceAll("'", "'\\''")}'`),
      );
      const others = here.lab.writableFiles.map(({ path }) => path);
      expect(made.map(({ path }) => path).sort()).toEqual([...others, ...odd].sort());

      const code = await CodeRepository.open(join(scratchFolder(), "code.git"), SEARCH_PATH);
      const commit = { parentCommit: null, message: "m", branch: "loopty-1", date: new Date(0) };
      const stored = await code.commitFiles({ ...commit, files: made });
      expect(textOf(await code.readFiles(stored.commit))).toEqual(textOf(made));
      const image = await workspaceOf("1.13", textOf(made));
      for (const path of odd) expect(image.get(`/workspace/${path}`)?.text).toBe("odd");
    },
  );

  attack(
    {
      case: "14",
      title: "names that differ in case, or in how an accent is written",
      outcome: "kept apart, byte by byte, in commit and image",
    },
    async () => {
      const names = ["src/A.txt", "src/a.txt", "src/\u00e9.txt", "src/e\u0301.txt"];
      const made = await left(...names.map((path, i) => `printf %s ${i} > ${path}`));
      const texts = Object.fromEntries(names.map((path, i) => [path, String(i)]));
      expect(textOf(made)).toMatchObject(texts);
      const image = await workspaceOf("1.14", textOf(made));
      for (const path of names) expect(image.get(`/workspace/${path}`)?.text).toBe(texts[path]);
    },
  );

  attack(
    {
      case: "16",
      title: "a path 1,000 folders deep, and one longer than the kernel takes at once",
      outcome: "refused with its depth; the other is left behind; both volumes are removed",
    },
    async () => {
      const before = await here.lab.left();
      const deep = (folders: number) => {
        const step = "os.mkdir('d'); os.chdir('d')";
        return `python3 -c "import os\nos.chdir('src')\nfor i in range(${folders}): ${step}\nopen('x', 'w')"`;
      };
      expect(await leave(deep(1000))).toEqual({
        kind: "violation",
        reason: expect.stringMatching(/^src\/[d/]{195}… is more than 64 folders deep$/),
      });
      const { results, back } = await here.lab.play(deep(3000));
      expect(results).toMatchObject([{ exitCode: 0 }]);
      expect(back).toEqual({ kind: "files", dropped: [], files: here.lab.writableFiles });
      expect(await here.lab.left()).toEqual(before);
    },
  );

  attack(
    {
      case: "19",
      title: "a .git folder or file, in any spelling that some system takes for it",
      outcome: "refused",
    },
    async () => {
      const reason = "lies in .git or .loopty";
      expect(await leave("mkdir -p src/.git/hooks && touch src/.git/hooks/post-checkout")).toEqual(
        refused(`src/.git/hooks/post-checkout ${reason}`),
      );
      expect(await leave("echo 'gitdir: /' > src/.GIT")).toEqual(refused(`src/.GIT ${reason}`));
      const names = [".git", "git~1", ".git.", ".git ", ".git::$INDEX_ALLOCATION", ".gi\u200ct"];
      for (const name of [...names, ".loopty"]) {
        expect(await refusalOf({ name: `1/${name}` })).toMatch(/ lies in \.git or \.loopty$/);
        expect(await refusalOf({ name: `1/a/${name}/x` })).toMatch(/ lies in \.git or \.loopty$/);
      }
    },
  );
});
