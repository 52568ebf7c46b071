import type { NodeId } from "../../core/tree/id.ts";
import { WORKSPACE } from "../sandbox.ts";

export interface StandaloneCommands {
  readonly build: string | null;
  readonly verify: string | null;
  readonly benchmark: string;
  /** Path relative to the workspace; `null` when the benchmark prints its rows. */
  readonly metricsFile: string | null;
  readonly hiddenPaths: readonly string[];
}

const MAX_HIDDEN_NAMED = 20;
const STDOUT = "/dev/stdout";

/**
 * What a plain `docker run` of a snapshot does (docs/architecture.md, must 11): it builds, verifies, benchmarks and
 * prints the metrics on stdout, everything else on stderr. Without the hidden files it says what is missing, and does
 * not verify. Rows of verify are no metrics, as in its own container.
 */
export function standaloneCommand(id: NodeId, commands: StandaloneCommands): string {
  const { build, verify, benchmark, metricsFile, hiddenPaths } = commands;
  const metrics = metricsFile === null ? STDOUT : `${WORKSPACE}/${metricsFile}`;
  const named = hiddenPaths.slice(0, MAX_HIDDEN_NAMED).map(quote).join(" ");
  const lines = [`cd ${WORKSPACE} || exit 1`, `export LOOPTY_METRICS=${STDOUT}`];
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
  if (metricsFile !== null) {
    lines.push(`rm -f -- ${quote(metrics)} 2>/dev/null`, `LOOPTY_METRICS=${quote(metrics)}`);
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
