import { resolve } from "node:path";
import {
  formatRecording,
  Recording,
  transcriptsOf,
} from "../../agent/conversation/recording/recording.ts";
import { messageOf, UserError } from "../../core/error.ts";
import { formatCounted } from "../../core/text/number.ts";
import { depthOf, parseId, runOf } from "../../core/tree/id.ts";
import { writeWholeFile } from "../../store/files/atomic-file.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type ProjectOptions, requireProject } from "../project/stored-project.ts";
import { printJson, printLines } from "../terminal/output.ts";
import type { World } from "../world.ts";

export interface RecordingOptions extends ProjectOptions {
  /** A run's number: the id of its baseline. */
  readonly id: string;
  /** The file to write. `agent: { kind: replay, from: … }` plays it again. */
  readonly recording: string;
  readonly patch?: string;
  readonly files?: string;
  readonly image?: string;
  readonly json?: boolean;
}

/** Takes the conversations of a whole run out of loopty. */
export async function exportRecording(world: World, options: RecordingOptions): Promise<ExitCode> {
  const id = parseId(options.id);
  const { patch, files, image } = options;
  if ([patch, files, image].some((target) => target !== undefined)) {
    throw new UserError("say what to export: --recording stands alone");
  }
  if (depthOf(id) > 0) {
    throw new UserError(`${id} is a node: only whole runs can be played again`, {
      hint: `loopty export ${runOf(id)} --recording ${options.recording}`,
    });
  }
  if (!options.recording.endsWith(".jsonl")) {
    throw new UserError("a recording's name ends in .jsonl, by which agent.from knows it");
  }
  const project = await requireProject(world, options);
  const run = await project.openRun(runOf(id));
  const transcripts = await transcriptsOf(run);
  const { models } = new Recording(transcripts, `run ${id}`);
  const target = resolve(world.cwd, options.recording);
  const name = String(run.record.config.name);
  const about = `run ${id} of ${name} with ${models.join(", ")}, started ${run.record.createdAt}`;
  await writeWholeFile(target, Buffer.from(formatRecording(transcripts, about))).catch(
    (cause: unknown) => {
      throw new UserError(`cannot write ${target}: ${messageOf(cause)}`, { cause });
    },
  );
  const count = transcripts.size;
  if (options.json) printJson(world.stdout, { run: runOf(id), conversations: count, path: target });
  else {
    printLines(world.stdout, [`run ${id}: ${formatCounted(count, "conversation")} in ${target}`]);
  }
  return EXIT.done;
}
