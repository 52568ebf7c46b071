import { gainText } from "../../core/metrics/gain-text.ts";
import type { Metric } from "../../core/metrics/metric.ts";
import { type ExperimentNode, NO_USAGE } from "../../core/tree/node.ts";
import type { AgentConversation, Analysis, EditOutcome } from "../agent.ts";
import { decodeText } from "../file-text.ts";
import type { AgentSession } from "../session.ts";
import { verdictSentence } from "../verdict-sentence.ts";
import type { Observation } from "./evidence.ts";
import { type Parameter, readParameter, replaceValue } from "./parameter.ts";
import type { Move, Point } from "./space.ts";

interface Choice {
  readonly parameters: readonly Parameter[];
  readonly target: Point;
  readonly moves: readonly Move[];
  readonly hypothesis: string;
}

/** Sets the chosen values. All else was decided when it was opened. */
export class TunerConversation implements AgentConversation {
  readonly repairs = 0;
  readonly readsHistory = false;
  readonly #choice: Choice;

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  async edit(session: AgentSession, signal: AbortSignal): Promise<EditOutcome> {
    const { parameters, moves, hypothesis } = this.#choice;
    const files = new Set(moves.flatMap(({ parameter }) => parameters[parameter]?.file ?? []));
    for (const file of files) {
      signal.throwIfAborted();
      const problem = await this.#editFile(file, session);
      if (problem !== null) return abandoned(problem);
    }
    return {
      kind: "proposed",
      description: descriptionOf(parameters, moves),
      hypothesis,
      usage: NO_USAGE,
    };
  }

  async repair(): Promise<EditOutcome> {
    return abandoned("the tuner does not repair");
  }

  async analyse(node: ExperimentNode, metrics: readonly Metric[]): Promise<Analysis> {
    const { parameters, moves } = this.#choice;
    return {
      text: `${descriptionOf(parameters, moves)}: ${verdictSentence(node, metrics)}`,
      usage: NO_USAGE,
    };
  }

  /** What stands in the way; `null` when the file is written. */
  async #editFile(file: string, session: AgentSession): Promise<string | null> {
    const content = await session.readFile(file);
    if (content === null) return `${file}: there is no such file`;
    const text = decodeText(content);
    if (text === null) return `${file}: the file is not UTF-8 text`;

    const here = this.#choice.parameters.flatMap((parameter, index) =>
      parameter.file === file ? [{ parameter, value: this.#choice.target[index] ?? "" }] : [],
    );
    let edited = text;
    for (const { parameter, value } of here) {
      const reading = readParameter(parameter, edited);
      if (reading.kind === "unclear") return reading.reason;
      edited = replaceValue(edited, reading, value);
    }
    // The pattern may not match a value, or two patterns may meet in one place. The node would then not be what it says it is.
    for (const { parameter, value } of here) {
      const reading = readParameter(parameter, edited);
      if (reading.kind === "unclear") return `${reading.reason} after the change to "${value}"`;
      if (reading.value !== value) {
        return `${file}: the pattern of ${parameter.name} finds "${reading.value}" after the change to "${value}"`;
      }
    }
    const outcome = await session.writeFile(file, Buffer.from(edited, "utf8"));
    return outcome.kind === "written" ? null : `${file}: ${outcome.reason}`;
  }
}

/** `BLOCK 8 → 32, UNROLL 1 → 4` */
function descriptionOf(parameters: readonly Parameter[], moves: readonly Move[]): string {
  return moves
    .map(({ parameter, from, to }) => `${nameOf(parameters, parameter)} ${from} → ${to}`)
    .join(", ");
}

/** Why these moves: the best that is known of each. */
export function hypothesisOf(
  parameters: readonly Parameter[],
  moves: readonly Move[],
  steps: readonly Observation[],
): string {
  return moves.map((move) => reasonOf(nameOf(parameters, move.parameter), move, steps)).join("; ");
}

function reasonOf(name: string, move: Move, steps: readonly Observation[]): string {
  const sameParameter = measured(steps, ({ parameter }) => parameter === move.parameter);
  const sameValue = measured(
    steps,
    ({ parameter, to }) => parameter === move.parameter && to === move.to,
  );
  const [helped] = sameValue;
  if (helped !== undefined && helped.gain > 0)
    return `${name}=${move.to} helped in ${said(helped)}`;
  const [changed] = sameParameter;
  if (helped === undefined && changed !== undefined && changed.gain > 0) {
    return `changing ${name} helped in ${said(changed)}; ${name}=${move.to} is new`;
  }
  if (helped !== undefined)
    return `${name}=${move.to} did not help in ${helped.id}; now from other values`;
  return `${name}=${move.to} is new`;
}

interface MeasuredStep {
  readonly id: string;
  readonly metric: Metric;
  readonly gain: number;
}

/** Measured steps with such a move, the best first. */
function measured(steps: readonly Observation[], has: (move: Move) => boolean): MeasuredStep[] {
  return steps
    .flatMap(({ id, moves, result }) =>
      result.kind === "measured" && moves.some(has) ? [{ id, ...result }] : [],
    )
    .toSorted((a, b) => b.gain - a.gain);
}

function said({ id, metric, gain }: MeasuredStep): string {
  return `${id} (${gainText(metric, gain)})`;
}

function nameOf(parameters: readonly Parameter[], index: number): string {
  return parameters[index]?.name ?? "";
}

function abandoned(reason: string): EditOutcome {
  return { kind: "abandoned", reason, usage: NO_USAGE };
}
