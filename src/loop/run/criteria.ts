import { homeMachine } from "../../config/machines.ts";
import type { Config } from "../../config/schema/schema.ts";
import { UserError } from "../../core/error.ts";
import { isSameJson } from "../../core/text/json.ts";
import { printable } from "../../core/text/printable.ts";
import type { ExperimentNode } from "../../core/tree/node.ts";
import type { RunStore } from "../../store/run-store.ts";
import type { DividedWorkspace } from "../origin/workspace.ts";

export const NEW_RUN = { hint: "start a new run: loopty run" };
/** What may differ when a run is resumed: how much it may spend, how fast, and where. */
const CHANGEABLE = new Set(["budget", "rateLimit", "machines"]);

/** Throws `UserError` where loopty.yaml or the hidden files changed, because new criteria are a new run. */
export function checkSameCriteria(
  store: RunStore,
  config: Config,
  workspace: DividedWorkspace,
): void {
  const { record } = store;
  const now: Record<string, unknown> = { ...config };
  const changed = [...new Set([...Object.keys(record.config), ...Object.keys(now)])].filter(
    (key) => !CHANGEABLE.has(key) && !isSameJson(record.config[key], now[key]),
  );
  if (changed.length > 0) {
    const keys = changed.join(", ");
    throw new UserError(`loopty.yaml changed since run ${record.run} started: ${keys}`, {
      hint: "new criteria are a new run: loopty run; or put them back to go on with this one",
    });
  }
  if (record.hiddenDigest !== workspace.hiddenDigest) {
    throw new UserError(`the hidden files changed since run ${record.run} started`, NEW_RUN);
  }
}

/** Throws `UserError` where the first machine is another than that of the baseline: what it measured is the others' measure. */
export function checkSameHome({ record: { run, baseline } }: RunStore, config: Config): void {
  const { name } = homeMachine(config);
  if (baseline === null || baseline.machine === name) return;
  throw new UserError(`the baseline of run ${run} was measured on ${printable(baseline.machine)}`, {
    hint: `name ${printable(baseline.machine)} as the first of machines, or start a new run: loopty run`,
  });
}

/**
 * Throws `UserError` where nodes of the run were measured with another OCI runtime than containers would get now. runsc
 * or kata answer system calls at another price, so such numbers say nothing about each other.
 */
export function checkSameRuntime(
  run: number,
  nodes: readonly ExperimentNode[],
  runtime: string,
): void {
  const other = nodes.find((node) => node.runtime !== null && node.runtime !== runtime);
  if (other === undefined) return;
  const [then, now] = [other.runtime ?? "", runtime].map((name) => printable(name, 100));
  throw new UserError(
    `run ${run} was measured with the runtime ${then}, and now it would be ${now}: their numbers cannot be compared`,
    { hint: `make ${then} the engine's default runtime again, or start a new run: loopty run` },
  );
}
