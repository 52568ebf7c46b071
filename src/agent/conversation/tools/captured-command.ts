import { dataBlock } from "../../../core/prompt/section.ts";
import { shellQuote } from "../../../core/text/shell.ts";
import { untilAborted } from "../../../core/until-aborted.ts";
import type { ToolContext } from "./tool-context.ts";

/** The output of a command, safe to show, and whole where the session kept it whole. */
export interface CapturedCommand {
  /** `null` when the time limit ended it. */
  readonly exitCode: number | null;
  readonly output: string;
  /** The file in the container that has all of it. */
  readonly file: string;
}

const SHELLS = { bash: "bash -o pipefail -c", sh: "sh -c" } as const;
const FOLDER = "/tmp/loopty";
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const READ_TIMEOUT_MS = 10_000;

/**
 * Runs a command with its output in a file that the model can search later. A pipe would not do: it stays open as long
 * as any process that the command left behind.
 */
export async function captureCommand(
  command: string,
  timeoutMs: number,
  { session, signal, counters, shell }: ToolContext,
): Promise<CapturedCommand> {
  counters.outputs += 1;
  const file = `${FOLDER}/out-${counters.outputs}.log`;
  const show = `cat ${file}\ntruncate -s '<${MAX_FILE_BYTES}' ${file} 2>/dev/null`;
  const script = `mkdir -p ${FOLDER}\n${SHELLS[shell]} ${shellQuote(command)} >${file} 2>&1 </dev/null\nstatus=$?\n${show}\nexit $status`;
  const end = await untilAborted(session.run(script, timeoutMs), signal);
  const shown = end.timedOut ? await untilAborted(session.run(show, READ_TIMEOUT_MS), signal) : end;
  return {
    exitCode: end.timedOut ? null : end.exitCode,
    output: dataBlock(shown.output),
    file,
  };
}
