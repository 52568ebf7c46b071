import { isNoGood, repeatedBy } from "../../core/merging/repeated-lines.ts";
import { lineageOf } from "../../core/tree/id.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { Run } from "../run/run.ts";

const MOST_PATCHES = 200;

/**
 * The node whose new lines a change has again, in another branch where they were no good; `null` where there is none. Of many only
 * the latest are looked at, as each is a file to read.
 */
export async function linesAgainOf(
  { records: { store } }: Run,
  { id }: ExperimentNode,
  patch: Buffer,
): Promise<ExperimentNode["linesAgain"]> {
  const lineage = new Set(lineageOf(id));
  const noGood = store.nodes
    .filter((other) => isNoGood(other) && !lineage.has(other.id))
    .slice(-MOST_PATCHES);
  const earlier = await Promise.all(
    noGood.map(async (of) => ({
      of,
      patch: (await store.readNodeFile(of.id, "diff.patch"))?.toString("utf8") ?? "",
    })),
  );
  const found = repeatedBy(patch.toString("utf8"), earlier);
  return found === null || found.verdict === null ? null : { of: found.id, verdict: found.verdict };
}
