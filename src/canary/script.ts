import { createHash } from "node:crypto";
import type { WorkspaceFile } from "../core/file.ts";
import { WORKSPACE } from "../sandbox/sandbox.ts";

/** Part of the name of everything that a canary makes. */
export const MARK = "loopty-canary";

/** What a container reported, by key: `hidden` `copy` `contents` `changed` `left` `program` `metrics` `cpus`. */
export type Report = (key: string) => readonly string[];

// Reports go to standard error, because standard output may be the metrics.
const SAY = `say() { printf '${MARK}:%s:%s\\n' "$1" "$2" >&2; }`;
const TEMPORARY = "/tmp /var/tmp /dev/shm";
/** All places that the code under test may write to, whatever the project. */
const EVERYWHERE = `${TEMPORARY} /run/lock ${WORKSPACE} "$HOME"`;
// A few names show as much as thousands, and a script has a length.
const MOST_NAMED = 100;
/** Identifies its process: the harness has others that sleep. */
const SLEEP_S = 86_399;
/** Shorter contents, such as an empty file, are in images by chance. */
const FEWEST_BYTES = 32;

export function readReport(log: string | Buffer): Report {
  const said = new Map<string, string[]>();
  for (const [, key = "", value = ""] of log.toString().matchAll(LINE)) {
    const values = said.get(key) ?? [];
    if (!values.includes(value)) said.set(key, [...values, value]);
  }
  return (key) => said.get(key) ?? [];
}
const LINE = new RegExp(`^${MARK}:([a-z]+):(.*)$`, "gm");

/** Looks for hidden files by name, for their contents everywhere, and for what other canaries left. */
export function lookRound(hidden: readonly WorkspaceFile[]): string {
  const names = hidden.slice(0, MOST_NAMED).map(({ path }) => quote(path));
  return `${SAY}
for p in ${names.join(" ")}; do if [ -r "${WORKSPACE}/$p" ]; then say hidden "$p"; fi; done
for d in ${EVERYWHERE}; do
  for f in "$d"/.${MARK}-*; do if [ -e "$f" ]; then say left "$f"; fi; done
done
for p in /proc/[0-9]*; do
  if tr '\\0' ' ' < "$p/cmdline" 2>/dev/null | grep -q '^sleep ${SLEEP_S} '; then say left "a process"; fi
done`;
}

/** The second half of looking round, for places where a hidden file should not be at all. */
export function searchContents(hidden: readonly WorkspaceFile[]): string {
  const contents = hidden
    .flatMap(({ content }) => (Buffer.isBuffer(content) ? [content] : []))
    .filter(({ length }) => length >= FEWEST_BYTES)
    .slice(0, MOST_NAMED);
  if (contents.length === 0) return `${SAY}\nsay contents none`;
  const sizes = [...new Set(contents.map(({ length }) => `-size ${length}c`))].join(" -o ");
  const digests = contents.map((content) => {
    return `-e ${createHash("sha256").update(content).digest("hex")}`;
  });
  return `${SAY}
if command -v find >/dev/null && command -v sha256sum >/dev/null; then say contents searched; fi
find / /dev/shm \\( -path /proc -o -path /sys -o -path /dev -o -path /run/loopty \\) -prune -o \\
  -type f \\( ${sizes} \\) -exec sha256sum {} + 2>/dev/null | grep -F ${digests.join(" ")} |
  while read -r _ p; do say copy "$p"; done`;
}

/** What code can see of the phase that it runs in, and which of the build's outputs are programs. */
export function lookAtPhase(outputs: readonly string[]): string {
  const names = outputs.slice(0, MOST_NAMED).map((path) => quote(`${WORKSPACE}/${path}`));
  return `${SAY}
say metrics "$LOOPTY_METRICS"
say cpus "$(grep Cpus_allowed_list /proc/self/status)"
for p in ${names.join(" ")}; do if [ -f "$p" ] && [ -x "$p" ]; then say program "$p"; fi; done`;
}

/** Leaves a process, and a file at every place where code under test may write. */
export function leave(phase: "agent" | "build" | "verify" | "benchmark"): string {
  // A file that a build makes elsewhere is an output, and rightly stays.
  const places = phase === "build" ? TEMPORARY : EVERYWHERE;
  return `for d in ${places}; do : > "$d/.${MARK}-${phase}"; done 2>/dev/null
(sleep ${SLEEP_S} </dev/null >/dev/null 2>&1 &)`;
}

/** Tries to change files in the usual ways, and reports the files for which one way worked. */
export function tryToChange(paths: readonly string[]): string {
  return `${SAY}
for p in ${paths.map(quote).join(" ")}; do
  for way in 'echo x >> "$1"' 'rm -f "$1"' 'mv "$1" "$1.${MARK}"' 'chmod 777 "$1"' 'ln -sfn /tmp "$1"'; do
    if (exec 2>/dev/null; sh -c "$way" sh "$p"); then say changed "$p"; fi
  done
done`;
}

/** Makes files, with the folders above them. */
export function makeFiles(paths: readonly string[]): string {
  return `for p in ${paths.slice(0, MOST_NAMED).map(quote).join(" ")}; do
  mkdir -p "$(dirname "$p")" && echo ${MARK} > "$p"
done 2>/dev/null
true`;
}

/** The user's own command between two canaries. Its exit code stays. Its output is dropped where rows would go there. */
export function around(before: string, command: string, after: string, dropOutput = false): string {
  const target = dropOutput ? " >/dev/null" : "";
  return `${before}\n/bin/sh -c ${quote(command)}${target}\nstatus=$?\n${after}\nexit $status`;
}

export function printLines(lines: readonly string[], target: string): string {
  return `printf '%s\\n' ${lines.map(quote).join(" ")}${target}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
