import type { WorkspaceFile } from "../core/file.ts";
import { formatValue } from "../core/text/number.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import { buildAndVerify } from "../loop/comparing/build-and-verify.ts";
import { recordChange } from "../loop/node/record.ts";
import { filesOf } from "../loop/run/node-images.ts";
import type { Run } from "../loop/run/run.ts";
import { buildAsCanary } from "./building.ts";
import { editAsCanary, proposeByCanary } from "./edit.ts";
import type { CanaryFacts, EmptyWork } from "./finding.ts";
import { benchmarkBy, measureAsCanary } from "./measuring.ts";
import { MARK } from "./script.ts";

// Brackets and quotes that never close: no language takes this for a program.
const NONSENSE = Buffer.from(`${MARK} no language reads this ((("'\n`);

/**
 * Attacks a run as an agent's code could, without doing harm: through an agent's container, the build, verify and the
 * benchmark, beside the user's own commands. The run's baseline must have passed. The run is of no use afterwards.
 */
export async function sendCanaries(
  run: Run,
  root: ExperimentNode,
  step: (text: string) => void,
  signal: AbortSignal,
): Promise<CanaryFacts> {
  const files = await filesOf(run, root);
  step("canaries in an agent's container");
  const edited = await editAsCanary(run, root, files, signal);
  step("canaries in the build");
  const built = await buildAsCanary(run, root, signal);
  step("canaries in verify and the benchmark");
  const nonsense = files.map((file) => ({ ...file, content: NONSENSE }));
  const { imageId, outputs } = built;
  const measured = await measureAsCanary(run, { root, imageId, outputs, nonsense }, signal);
  step("canaries that do no work");
  const works = [
    await emptyWork(run, root, files, "nonsense", signal),
    await emptyWork(run, root, files, "nothing", signal),
  ];
  const reports = [edited.report, built.report];
  const said = (key: string) => [...new Set(reports.flatMap((report) => report(key)))];
  return {
    hidden: run.problem.hidden.map(({ path }) => path),
    searchedContents: reports.every((report) => report("contents").includes("searched")),
    exposed: [...said("hidden"), ...said("copy")],
    changed: said("changed"),
    planted: [...edited.planted, ...built.planted],
    ...measured,
    left: [...new Set([...said("left"), ...measured.left])],
    works,
  };
}

/** A node whose writable files all hold the same. It is built, verified, and where it passes benchmarked. */
async function emptyWork(
  run: Run,
  root: ExperimentNode,
  files: readonly WorkspaceFile[],
  content: EmptyWork["content"],
  signal: AbortSignal,
): Promise<EmptyWork> {
  const text = content === "nonsense" ? NONSENSE : Buffer.alloc(0);
  const refused = (reason: string): EmptyWork => ({
    content,
    outcome: { kind: "refused", reason },
  });
  const { node, proposal } = await proposeByCanary(
    run,
    root,
    async (session) => {
      for (const { path } of files) await session.writeFile(path, text);
    },
    signal,
  );
  if (proposal.kind === "none") return refused(proposal.reason);
  const proposed = await recordChange(run, node, root, proposal);
  const built = await buildAndVerify(run, proposed, false, signal);
  if (built.kind === "failed") return refused(built.reason);
  const bench = await benchmarkBy(
    run,
    { root, imageId: built.imageId },
    run.problem.config.commands.benchmark,
    run.problem.hidden,
    signal,
  );
  const first = bench.kind === "measured" ? bench.table.metrics[0]?.name : undefined;
  const value = bench.kind === "measured" ? bench.table.rows[0]?.values[0] : undefined;
  const benchmark =
    bench.kind === "failed"
      ? `fails (${bench.reason})`
      : `gives ${first ?? "a row"} ${formatValue(value ?? Number.NaN)}`;
  const verified = run.problem.config.commands.verify !== null;
  return { content, outcome: { kind: "passed", verified, benchmark } };
}
