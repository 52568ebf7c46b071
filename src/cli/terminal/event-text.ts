import { tokenYieldText } from "../../core/budget/token-yield.ts";
import type { Purpose, RunEvent } from "../../core/events/event.ts";
import { waitText } from "../../core/events/step.ts";
import { formatCounted, formatDuration, formatValue } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import { timeLeft } from "../../core/text/time-left.ts";

type Event<Type extends RunEvent["type"]> = Extract<RunEvent, { type: Type }>;

/** An event as one line for people, without its time. Texts from agents and containers are escaped. */
export function eventText(event: RunEvent): string {
  switch (event.type) {
    case "run_started":
      return `run ${event.run} starts${event.from === null ? "" : ` from ${event.from}, with the rest of the workspace`}`;
    case "run_resumed":
      return `run ${event.run} goes on after ${formatCounted(event.nodes, "node")}`;
    case "base_ready":
      return `base image ready${took(event)}`;
    case "machine_joined":
      return `machine ${printable(event.machine)} joins: ${printable(event.cpuModel)}`;
    case "machine_lost": {
      const again =
        event.againInMs === null
          ? "it is not used"
          : `it is tried again in ${formatDuration(event.againInMs)}`;
      return `machine ${printable(event.machine)} is not there: ${printable(event.reason)}; ${again}`;
    }
    case "machine_given_back":
      return `machine ${printable(event.machine)} is given back: nothing to do for ${formatDuration(event.idleMs)}`;
    case "node_placed":
      return `${event.id} goes to ${printable(event.machine)}`;
    case "node_reserved":
      return event.parent === null
        ? `${event.id} baseline`
        : `${event.id} starts from ${event.parent}`;
    case "agent_started":
      return event.repair === 0
        ? `${event.id} agent edits`
        : `${event.id} agent repairs (${event.repair})`;
    case "agent_finished":
      return `${event.id} agent ${event.outcome}: ${printable(event.text)}${took(event)}`;
    case "node_proposed":
      return proposalText(event);
    case "build_finished":
      return `${event.id} build ${outcome(event)}`;
    case "verify_finished":
      return `${event.id} verify ${outcome(event)}`;
    case "measuring_waits":
      return `${event.id} ${waitText(event)}`;
    case "measuring_begins":
      return `${event.id} measures`;
    case "row_streamed":
      return rowText(event);
    case "pair_finished":
      return pairText(event);
    case "calibration_finished":
      return event.text.map((sentence) => printable(sentence)).join(" ");
    case "confirmation_finished":
      return `${event.id} measured again: ${event.verdict}: ${printable(event.reason)}`;
    case "node_finished":
      return finishedText(event);
    case "warning":
      return `${event.id === null ? "" : `${event.id} `}warning: ${printable(event.message)}`;
    case "steered":
      return steeredText(event);
    case "run_finished": {
      const text = event.text === "" ? "" : ` (${printable(event.text)})`;
      return `run ends: ${event.reason}${text}, best ${event.best ?? "none"}`;
    }
  }
}

function finishedText({ bought, budgetEnd, ...event }: Event<"node_finished">): string {
  const { id, verdict, reason, at } = event;
  const yielded = bought === undefined ? "" : `; ${tokenYieldText(bought)}`;
  // Of a budget that is used up the end of the run tells.
  const left = timeLeft(budgetEnd, Date.parse(at));
  const lasts = left === null ? "" : `; the budget lasts ${left}`;
  return `${id} ${verdict ?? "baseline"}: ${printable(reason)}${took(event)}${yielded}${lasts}`;
}

const STEERED: Readonly<Record<Event<"steered">["order"], string>> = {
  pin: "pinned",
  unpin: "no longer pinned",
  freeze: "frozen",
  unfreeze: "no longer frozen",
  pin_idea: "to be tried next",
  unpin_idea: "no longer to be tried next",
  note: "noted",
  stop: "asked to stop: what runs is finished",
  try: "a change was handed in",
};

function steeredText({ order, id, text }: Event<"steered">): string {
  const note = text === "" ? "" : `: ${printable(text)}`;
  return `${id === null ? "" : `${id} `}${STEERED[order]}${note}`;
}

function proposalText({ id, tag, ...diff }: Event<"node_proposed">): string {
  const files = formatCounted(diff.filesChanged, "file");
  const changed = `${files}, +${diff.linesAdded} -${diff.linesRemoved} lines`;
  return `${id} snapshot ${printable(tag)} (${changed})`;
}

function rowText({ id, side, pair, iteration, values }: Event<"row_streamed">): string {
  const where = side === "baseline" ? "" : ` pair ${pair}, ${side}`;
  const shown = Object.entries(values).map(
    ([name, value]) => `${printable(name)} ${formatValue(value)}`,
  );
  return `${id}${where} row ${iteration}: ${shown.join(", ")}`;
}

const PURPOSES: Readonly<Record<Purpose, string>> = {
  calibrate: "to calibrate",
  judge: "",
  guard: "to guard",
  confirm: "to confirm",
  result: "for the result",
  compare: "to compare",
};

function pairText({ id, against, pair, purpose }: Event<"pair_finished">): string {
  const which = pair === 0 ? "warm-up pair" : `pair ${pair}`;
  const why = PURPOSES[purpose];
  return `${id} ${which} with ${against} done${why === "" ? "" : `, ${why}`}`;
}

function outcome(event: Event<"build_finished" | "verify_finished">): string {
  const how = event.passed ? "passed" : `failed: ${printable(event.reason)}`;
  return `${how}${took(event)}`;
}

function took({ durationMs }: { readonly durationMs: number }): string {
  return ` (${formatDuration(durationMs)})`;
}
