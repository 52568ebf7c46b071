import { UserError } from "../../../core/error.ts";
import { readPairRecords, seriesOf } from "../../../core/judging/pair.ts";
import { championOf } from "../../../core/search/selection.ts";
import { wrapColumns } from "../../../core/text/columns.ts";
import { runOf } from "../../../core/tree/id.ts";
import { steeringOf } from "../../../core/tree/steering.ts";
import type { RawPairs } from "../../../core/views/evidence.ts";
import { showsMachines } from "../../../core/views/machine.ts";
import { nodeLines } from "../../../core/views/node.ts";
import { metricsOf } from "../../../store/baseline-record.ts";
import { preferenceOfRun } from "../../../store/run-record.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import {
  findNode,
  type ProjectOptions,
  requireProject,
  type StoredNode,
} from "../../project/stored-project.ts";
import { jsonBytes, printBytes, printJson, printLines } from "../../terminal/output.ts";
import type { World } from "../../world.ts";

export interface ShowOptions extends ProjectOptions {
  readonly id: string;
  readonly log?: "build" | "verify" | "bench" | undefined;
  readonly json?: boolean;
}

/** Shows what went into a node and what came out, or one of its logs. */
export async function show(world: World, options: ShowOptions): Promise<ExitCode> {
  const found = await findNode(await requireProject(world, options), options.id);
  if (options.log !== undefined) return showLog(world, found, options.log, options.json ?? false);
  const { run, node } = found;
  const steering = await run.steering.current();
  const raw = await rawPairs(found);
  if (options.json) {
    printJson(world.stdout, { ...node, steering: steeringOf(steering, node.id), raw });
    return EXIT.done;
  }
  const metrics = metricsOf(run.record);
  const champion = championOf(run.nodes, preferenceOfRun(run.record))?.id ?? null;
  const lines = nodeLines(node, {
    ...{ metrics, champion, steering, withMachine: showsMachines(run.nodes) },
    ...(raw === null ? {} : { raw }),
  });
  const { width } = world.stdout;
  printLines(
    world.stdout,
    lines.flatMap((line) => wrapColumns(line, width, hangOf(line))),
  );
  return EXIT.done;
}

/** Where the text of a field begins, behind its name; else where the line begins. */
function hangOf(line: string): number {
  return (/^ *\S+(?: \S+)* {2,}/.exec(line) ?? /^ */.exec(line))?.[0].length ?? 0;
}

/** Returns `null` for a node that was never measured. */
async function rawPairs({ run, node }: StoredNode): Promise<RawPairs | null> {
  const lines = await run.readNodeFile(node.id, "runs.jsonl");
  if (lines === null) return null;
  const { records, lostLines } = readPairRecords(lines.toString("utf8"));
  return {
    file: `.loopty/runs/${runOf(node.id)}/nodes/${node.id}/runs.jsonl`,
    series: seriesOf(records),
    lostLines,
  };
}

async function showLog(
  { stdout }: World,
  { run, node }: StoredNode,
  name: NonNullable<ShowOptions["log"]>,
  json: boolean,
): Promise<ExitCode> {
  const log = await run.readNodeFile(node.id, `${name}.log`);
  if (log === null) {
    throw new UserError(`${node.id} has no ${name} log`, {
      hint: `it never came to that: loopty show ${node.id}`,
    });
  }
  if (json) printJson(stdout, { id: node.id, log: name, ...jsonBytes(log) });
  else printBytes(stdout, log);
  return EXIT.done;
}
