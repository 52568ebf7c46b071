import { z } from "zod";
import { accessSchema } from "../../config/schema/access.ts";
import type { EarlierRun } from "../../core/prompt/other-experiments.ts";
import { toldNode } from "../../core/prompt/told-node.ts";
import type { Project } from "../../store/project.ts";
import { preferenceOfRun } from "../../store/run-record.ts";

const command = z.string().nullable();
/** What an agent reads about an old run. Another version's config may hold anything else. */
const criteria = z.looseObject({
  statement: z.string(),
  commands: z.looseObject({ build: command, verify: command, benchmark: z.string() }),
  access: accessSchema,
  metrics: z.looseObject({ weights: z.record(z.string(), z.number()).nullable() }),
});

/** The runs before this one, for the context `all`. A run that cannot be read is left out. */
export async function earlierRuns(project: Project, run: number): Promise<EarlierRun[]> {
  const numbers = (await project.runs()).filter((number) => number < run);
  const runs = await Promise.all(
    numbers.map(async (number): Promise<EarlierRun[]> => {
      const stored = await project.openRun(number).catch(() => null);
      const config = criteria.safeParse(stored?.record.config);
      if (stored === null || stored.record.baseline === null || !config.success) return [];
      const { statement, commands, access } = config.data;
      const { weights } = config.data.metrics;
      const { metrics } = stored.record.baseline;
      const preference = preferenceOfRun(stored.record);
      const judged = { statement, commands, access, metrics, weights, preference };
      const nodes = stored.nodes.map((node) => toldNode(node, access));
      return [{ run: number, nodes, ...judged }];
    }),
  );
  return runs.flat();
}
