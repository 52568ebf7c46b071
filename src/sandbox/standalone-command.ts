import type { NodeId } from "../core/id.ts";
import { WORKSPACE } from "./scope.ts";

export interface StandaloneCommands {
  readonly build: string | null;
  readonly verify: string | null;
  readonly benchmark: string;
  /** Relative to the workspace; `null`: the benchmark prints its rows. */
  readonly metricsFile: string | null;
  readonly hiddenPaths: readonly string[];
}

const MAX_HIDDEN_NAMED = 20;

/**
 * What a plain `docker run` of a snapshot does (DESIGN must 11): it builds, verifies, benchmarks and prints the metrics on
 * stdout, everything else on stderr. Without the hidden files it says what is missing, and does not verify.
 */
export function standaloneCommand(id: NodeId, commands: StandaloneCommands): string {
  const { build, verify, benchmark, metricsFile, hiddenPaths } = commands;
  const metrics = metricsFile === null ? "/dev/stdout" : `${WORKSPACE}/${metricsFile}`;
  const named = hiddenPaths.slice(0, MAX_HIDDEN_NAMED).map(quote).join(" ");
  const lines = [`cd ${WORKSPACE} || exit 1`, `export LOOPTY_METRICS=${quote(metrics)}`];
  if (build !== null) lines.push(step("build", build, ">&2"));
  if (hiddenPaths.length > 0) {
    lines.push(
      "missing=",
      `for path in ${named}; do [ -e "$path" ] || missing="$missing $path"; done`,
      'if [ -n "$missing" ]; then',
      `echo "loopty: hidden files are in no image, so this is not verified; missing:$missing" >&2`,
      `echo "loopty: 'loopty reproduce ${id}' puts them in" >&2`,
      "else",
      verify === null ? ":" : step("verify", verify, ">&2"),
      "fi",
    );
  } else if (verify !== null) {
    lines.push(step("verify", verify, ">&2"));
  }
  lines.push(step("benchmark", benchmark, metricsFile === null ? "" : ">&2"));
  if (metricsFile !== null) lines.push('exec cat -- "$LOOPTY_METRICS"');
  return `${lines.join("\n")}\n`;
}

function step(name: string, command: string, redirection: string): string {
  return `(\n${command}\n) ${redirection} || { echo "loopty: ${name} failed" >&2; exit 1; }`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
