import { UserError } from "../../../core/error.ts";
import type { WorkspaceFile } from "../../../core/file.ts";
import { formatCounted } from "../../../core/text/number.ts";
import { printable } from "../../../core/text/printable.ts";
import { gainTexts } from "../../../core/views/gain-range.ts";
import { readContent } from "../../../loop/origin/foreign-snapshot.ts";
import { type FreshMeasurement, measureFiles } from "../../../loop/reproduction.ts";
import { DockerSandbox } from "../../../sandbox/docker-sandbox.ts";
import { baseOfSnapshot, findSnapshotImage } from "../../../sandbox/image/pulled-snapshot.ts";
import { type RehearsalRequest, withRehearsal } from "../../doctor/rehearsal.ts";
import { EXIT, type ExitCode } from "../../exit.ts";
import { homeEngine } from "../../project/engines.ts";
import { readConfig } from "../../project/read-config.ts";
import type { ProjectOptions } from "../../project/stored-project.ts";
import { printJson, printLines } from "../../terminal/output.ts";
import { openProgress } from "../../terminal/progress.ts";
import type { World } from "../../world.ts";

export interface ReproduceImageOptions extends ProjectOptions {
  readonly json?: boolean;
}

/**
 * Measures a node of which there is only the image, against the repository as it stands and by its loopty.yaml. It does
 * so in a project of its own that is removed afterwards. Protected files must be the repository's. Compiler and
 * libraries are the image's.
 */
export async function reproduceImage(
  world: World,
  options: ReproduceImageOptions,
  reference: string,
): Promise<ExitCode> {
  const { config } = await readConfig(world, options);
  using progress = await openProgress(world);
  progress.step("connecting to the container engine");
  const engine = await homeEngine(world, config);
  const image = await findSnapshotImage(engine, reference);
  const { node, projectId } = image;
  progress.step(`reading node ${node} from ${reference}`);
  let files: readonly WorkspaceFile[] = [];
  let measured: FreshMeasurement | null = null;
  const openSandbox: RehearsalRequest["openSandbox"] = async (request, workspace, signal) => {
    const docker = { ...request.settings, engine };
    const content = await readContent(docker, image, workspace);
    files = content.files;
    const { onlyInImage } = content;
    if (onlyInImage.length > 0) {
      const first = printable(onlyInImage[0] ?? "", 200);
      progress.keep(
        `${formatCounted(onlyInImage.length, "protected file")} only the image has, such as ${first}`,
      );
    }
    const paths = files.map(({ path }) => path);
    return new DockerSandbox(docker, await baseOfSnapshot(docker, image, paths, signal));
  };
  const observe = progress.event;
  await withRehearsal(
    { world, config, engine, observe, name: "reproduce", openSandbox },
    async (run) => {
      progress.keep(`measuring: 1 is the repository as it stands, 1.1 is ${reference}`);
      measured = await measureFiles(run, files, `node ${node} of ${reference}`, world.signal);
    },
  );
  progress[Symbol.dispose]();
  const { comparison, metrics } = requireMeasured(measured, reference);
  if (options.json) {
    printJson(world.stdout, { image: reference, id: node, project: projectId, comparison });
    return EXIT.done;
  }
  printLines(world.stdout, [
    `${reference}, node ${node}, builds and passes verify here`,
    `measured against the repository as it stands in ${formatCounted(comparison.pairs, "pair")}:`,
    ...gainTexts(comparison, metrics).map((line) => `  ${line}`),
  ]);
  return EXIT.done;
}

function requireMeasured(measured: FreshMeasurement | null, reference: string) {
  if (measured?.kind === "measured") return measured;
  throw new UserError(`${reference} cannot be reproduced: ${measured?.reason ?? "no figures"}`, {
    hint: "the warnings above say more; is this the commit that its run started from?",
  });
}
