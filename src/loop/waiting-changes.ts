import { IDLE } from "../agent/idle.ts";
import { optimize } from "./optimize.ts";
import { type RunRequest, resumeRun } from "./run/start.ts";

/**
 * Tries what was handed in for a run and waits, as many changes at once as `search.parallel` says, until none waits. No
 * agent adds anything, so neither a pace nor a person's choice holds it up.
 */
export async function tryWaitingChanges(
  request: RunRequest,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const openAgent = async () => IDLE;
  await using opened = await resumeRun({ ...request, openAgent }, number, signal);
  const { config } = opened.problem;
  const search = { ...config.search, policy: { kind: "best-first" as const } };
  const rateLimit = { ...config.rateLimit, experiments: null };
  const problem = { ...opened.problem, config: { ...config, search, rateLimit } };
  await optimize({ ...opened, problem }, signal);
}
