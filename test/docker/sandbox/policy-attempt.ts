import type { AgentSession } from "../../../src/agent/session.ts";
import type { PolicyModel } from "./policy-model.ts";

/** What is tried in an agent's container, as paths. */
export interface Attempts {
  /** Files that are seen: appended to, renamed, replaced, removed, overwritten. */
  readonly files: readonly string[];
  /** Folders that are seen: renamed, and a symlink put in their place. */
  readonly folders: readonly string[];
  /** Paths where nothing is seen: a file is made, with the folders above it. */
  readonly created: readonly string[];
}

/** How each went, and what stands there in the end. */
export interface Found {
  /** `append a/x.c`, `move a`, …: all that worked. */
  readonly worked: ReadonlySet<string>;
  /** What each of the files holds, and its owner: `0 text`. */
  readonly contents: ReadonlyMap<string, string>;
  /** Paths of whatever holds the mark of a hidden file. */
  readonly leaks: readonly string[];
}

/** What a writable file holds after the attempts, and a file that was made. */
export const CHANGED = "changed";
export const CREATED = "created";

/** Beside everything that is seen, and in the place of what is not. */
export function attemptsOn(
  model: PolicyModel,
  files: readonly string[],
  clashes: boolean,
): Attempts {
  const { visibleFiles, visibleFolders, invisibleFolders } = model;
  const beside = ["", ...visibleFolders].flatMap((folder) =>
    ["new.c", "new.h", "sub/new.c"].map((name) => `${folder}/${name}`),
  );
  const isUnder = (path: string) =>
    invisibleFolders.some((folder) => path.startsWith(`${folder}/`));
  const unseen = files.filter((path) => !visibleFiles.includes(path));
  const replaced = clashes
    ? [...unseen, ...invisibleFolders].filter((path) => !isUnder(path))
    : [
        ...unseen,
        ...[...unseen.map(folderOf), ...invisibleFolders].map((folder) => `${folder}/new.c`),
      ];
  const created = [...new Set([...beside, ...replaced].map((path) => path.replace(/^\//, "")))];
  return { files: visibleFiles, folders: visibleFolders, created };
}

function folderOf(path: string): string {
  return path.split("/").slice(0, -1).join("/");
}

// Every function takes a path as $1 and says its own name and the path where it worked. What it changes it puts back.
const FUNCTIONS = String.raw`
said() { printf '%s\n' "$*"; }
move() { mv -T -- "$1" "$1.moved" 2>/dev/null || return; said move "$1"; mv -T -- "$1.moved" "$1"; }
relink() {
  mv -T -- "$1" "$1.moved" 2>/dev/null || return
  ln -s /tmp "$1" && said relink "$1"
  rm -f -- "$1"; mv -T -- "$1.moved" "$1"
}
append() { printf + 2>/dev/null >> "$1" && said append "$1"; }
replace() {
  cp -- /etc/hostname "$1.new" 2>/dev/null || return
  mv -fT -- "$1.new" "$1" 2>/dev/null && said replace "$1"
  rm -f -- "$1.new"
}
link() { ln -sfT /etc/hostname "$1" 2>/dev/null || return; said link "$1"; rm -f -- "$1"; printf x > "$1"; }
remove() { rm -f -- "$1" 2>/dev/null; [ -e "$1" ] && return; said remove "$1"; printf x > "$1"; }
chmode() { chmod 666 -- "$1" 2>/dev/null && said chmode "$1"; }
overwrite() { printf ${CHANGED} 2>/dev/null > "$1" && said overwrite "$1"; }
create() {
  mkdir -p -- "$(dirname -- "$1")" 2>/dev/null
  [ -e "$1" ] || { printf ${CREATED} > "$1"; } 2>/dev/null && said create "$1"
}
show() { said content "$(stat -c %u -- "$1")" "$1"; cat -- "$1"; echo; }
`;

/** Tries it all in one shell of the agent's user. `mark` is in every hidden file and nowhere else. */
export async function attempt(
  session: AgentSession,
  { files, folders, created }: Attempts,
  mark: string,
): Promise<Found> {
  const calls = (names: readonly string[], paths: readonly string[]) =>
    paths.flatMap((path) => names.map((name) => `${name} '${path}'`));
  const ways = ["append", "move", "replace", "link", "remove", "chmode", "overwrite"];
  const script = [
    FUNCTIONS,
    ...calls(["move", "relink"], folders),
    ...calls(ways, files),
    ...calls(["create"], created),
    ...calls(["show"], files),
    // Whole in no argument, or the search would find itself.
    `printf '%s%s' '${mark.slice(0, 4)}' '${mark.slice(4)}' > /tmp/mark`,
    "grep -rlsFf /tmp/mark /workspace /run/loopty | sed 's/^/leak /'",
    "grep -lasFf /tmp/mark /proc/[0-9]*/environ /proc/[0-9]*/cmdline /proc/[0-9]*/mountinfo | sed 's/^/leak /'",
    "echo end",
  ].join("\n");
  const { output, timedOut } = await session.run(script, 120_000);
  const lines = output.trimEnd().split("\n");
  if (timedOut || lines.at(-1) !== "end") throw new Error(`the attempts did not end:\n${output}`);
  return readFound(lines);
}

function readFound(lines: readonly string[]): Found {
  const contents = new Map<string, string>();
  for (const [i, line] of lines.entries()) {
    const [, uid, path] = /^content (\d+) (.*)$/.exec(line) ?? [];
    if (path !== undefined) contents.set(path, `${uid} ${lines[i + 1] ?? ""}`);
  }
  const plain = lines.filter((line) =>
    /^(move|relink|append|replace|link|remove|chmode|overwrite|create) /.test(line),
  );
  const leaks = lines.filter((line) => line.startsWith("leak ")).map((line) => line.slice(5));
  return { worked: new Set(plain), contents, leaks };
}
