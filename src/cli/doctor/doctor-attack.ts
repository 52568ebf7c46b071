import { sendCanaries } from "../../canary/canaries.ts";
import { type CanaryFinding, type CanaryOutcome, canaryFindings } from "../../canary/finding.ts";
import { printable } from "../../core/text/printable.ts";
import { runBaseline } from "../../loop/baseline.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { homeEngine } from "../project/engines.ts";
import { readConfig } from "../project/read-config.ts";
import type { ProjectOptions } from "../project/stored-project.ts";
import { printJson, printLines } from "../terminal/output.ts";
import { openProgress } from "../terminal/progress.ts";
import type { World } from "../world.ts";
import { withRehearsal } from "./rehearsal.ts";

export interface DoctorAttackOptions extends ProjectOptions {
  readonly json?: boolean;
}

/**
 * Attacks the user's own grader on the user's own engine with canaries, in a project of its own that is removed
 * afterwards. The exit code says "fixable" where something was believed that no wall stops and loopty does not flag.
 */
export async function doctorAttack(world: World, options: DoctorAttackOptions): Promise<ExitCode> {
  const { config } = await readConfig(world, options);
  using progress = await openProgress(world);
  const engine = await homeEngine(world, config);
  let findings: readonly CanaryFinding[] = [];
  const observe = progress.event;
  await withRehearsal({ world, config, engine, observe, name: "doctor" }, async (run) => {
    const root = await runBaseline(run, world.signal, async () => {});
    findings = canaryFindings(await sendCanaries(run, root, progress.step, world.signal));
  });
  if (options.json) printJson(world.stdout, { findings });
  else printLines(world.stdout, findingLines(findings));
  return findings.some(({ outcome }) => outcome === "believed") ? EXIT.fixable : EXIT.done;
}

const WORDS: Readonly<Record<CanaryOutcome, string>> = {
  stopped: "stopped",
  flagged: "flagged",
  open: "open",
  believed: "BELIEVED",
  not_tried: "-",
};
const COLUMNS = 10;

/** Lines for people: what was tried, what became of it, what to do, and then what was simulated. */
export function findingLines(findings: readonly CanaryFinding[]): string[] {
  const indent = " ".repeat(COLUMNS);
  const believed = findings.filter(({ outcome }) => outcome === "believed").length;
  return [
    ...findings.flatMap(({ attack, outcome, text, advice }) => [
      `${WORDS[outcome].padEnd(COLUMNS)}${attack}`,
      `${indent}${printable(text, MAX_TEXT)}`,
      ...(advice === null ? [] : [`${indent}-> ${printable(advice, MAX_TEXT)}`]),
    ]),
    "",
    believed === 0
      ? "Nothing was believed that loopty does not flag."
      : `${believed} of ${findings.length} attacks were believed.`,
    "Canaries ran with the rights of an agent's code beside your commands, not inside your program: whether its code ever gets to run there is inferred.",
  ];
}

const MAX_TEXT = 1000;
