import { z } from "zod";
import type { EarlierRun } from "../core/digest-text.ts";
import type { Project } from "../store/project.ts";

const command = z.string().nullable();
/** What an agent is told of an old run; another version's config may hold anything else. */
const criteria = z.looseObject({
  statement: z.string(),
  commands: z.looseObject({ build: command, verify: command, benchmark: z.string() }),
});

/** The runs before this one, for the context `all`. A run that cannot be read is left out. */
export async function earlierRuns(project: Project, run: number): Promise<EarlierRun[]> {
  const numbers = (await project.runs()).filter((number) => number < run);
  const runs = await Promise.all(
    numbers.map(async (number): Promise<EarlierRun[]> => {
      const stored = await project.openRun(number).catch(() => null);
      const config = criteria.safeParse(stored?.record.config);
      if (stored === null || stored.record.metrics === null || !config.success) return [];
      const { statement, commands } = config.data;
      return [
        { run: number, nodes: stored.nodes, metrics: stored.record.metrics, statement, commands },
      ];
    }),
  );
  return runs.flat();
}
