// The attacks and what became of each, as a table in plain text.
import { stripVTControlCharacters } from "node:util";
import { numberFaults } from "./attack-list.mjs";

const MIN_COLUMNS = 80;
const GROUPS = ["files", "process", "escape", "integrity", "harness"];

/**
 * @typedef {object} Attack
 * @property {string} group folder below test/attacks
 * @property {string} number
 * @property {string} title
 * @property {string} outcome
 * @property {"held" | "ESCAPED" | "not run"} result
 * @property {number} ms
 * @property {number} [inputs] hostile inputs that it tried, where it counted them
 * @property {string} failure why it did not hold; empty otherwise
 */

/** A reporter for vitest. `held` is true after a run in which every attack ended as its name says. */
export class AttackTable {
  held = false;
  #began = performance.now();
  #print;
  #tell;
  #columns;
  #listed;

  /**
   * @param {object} options
   * @param {(text: string) => void} options.print the table
   * @param {(text: string) => void} options.tell progress
   * @param {number} options.columns
   * @param {readonly number[] | null} options.listed the attacks that must run, and no other; `null` for a part of the suite
   */
  constructor({ print, tell, columns, listed }) {
    this.#print = print;
    this.#tell = tell;
    this.#columns = columns;
    this.#listed = listed;
  }

  /** @param {import("vitest/node").TestModule} module */
  onTestModuleEnd(module) {
    const attacks = attacksOf(module);
    if (attacks.length === 0) return;
    const held = attacks.filter(({ result }) => result === "held").length;
    this.#tell(`${module.relativeModuleId}: ${held} of ${attacks.length} held\n`);
  }

  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly import("vitest/node").SerializedError[]} errors
   */
  onTestRunEnd(modules, errors) {
    const attacks = modules.flatMap(attacksOf);
    const faults = [
      ...errors.map(({ message }) => `the run failed: ${message}`),
      ...modules.flatMap((module) =>
        [module, ...module.children.allSuites()].flatMap((part) =>
          part.errors().map(({ message }) => `${module.relativeModuleId}: ${message}`),
        ),
      ),
      ...modules.flatMap(otherFailures),
      ...numberFaults(attacks, this.#listed),
    ];
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    this.#print(reportOf(attacks, faults, this.#columns, seconds));
    this.held =
      attacks.length > 0 && faults.length === 0 && attacks.every(({ result }) => result === "held");
  }
}

const ATTACK = /^(\d{2,3}) (.*) -> (.*)$/;

/**
 * @param {import("vitest/node").TestModule} module
 * @returns {Attack[]}
 */
function attacksOf(module) {
  const group = /test\/attacks\/([^/]+)\//.exec(module.relativeModuleId)?.[1] ?? "";
  return [...module.children.allTests()].flatMap((test) => {
    const name = ATTACK.exec(test.name);
    if (name === null) return [];
    const [, number = "", title = "", outcome = ""] = name;
    const { state, errors = [] } = test.result();
    const result = state === "passed" ? "held" : state === "failed" ? "ESCAPED" : "not run";
    const ms = Math.round(test.diagnostic()?.duration ?? 0);
    const failure = errors.map(({ message, diff = "" }) => `${message}\n${diff}`.trim()).join("\n");
    const { inputs } = test.meta();
    const counted = inputs === undefined ? {} : { inputs };
    return [{ group, number, title, outcome, result, ms, failure, ...counted }];
  });
}

/**
 * Tests of the suite that are no attacks, such as that of the page's table.
 *
 * @param {import("vitest/node").TestModule} module
 */
function otherFailures(module) {
  return [...module.children.allTests("failed")]
    .filter(({ name }) => !ATTACK.test(name))
    .map((test) => {
      const [error] = test.result().errors ?? [];
      return `${module.relativeModuleId}: ${test.fullName}\n${indent(error?.message ?? "")}`;
    });
}

/**
 * The table, what did not hold and why, and one line with the sums.
 *
 * @param {readonly Attack[]} attacks
 * @param {readonly string[]} faults of the run as a whole
 * @param {number} columns
 * @param {number} seconds
 */
export function reportOf(attacks, faults, columns, seconds) {
  const sorted = attacks.toSorted(
    (a, b) =>
      GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || Number(a.number) - Number(b.number),
  );
  const failed = sorted.filter(({ result }) => result !== "held");
  const escapes = failed.filter(({ result }) => result === "ESCAPED").length;
  const notRun = failed.length - escapes;
  const inputs = attacks.reduce((sum, attack) => sum + (attack.inputs ?? 0), 0);
  const counts = [
    `${attacks.length} attacks`,
    `${escapes} escapes`,
    ...(notRun === 0 ? [] : [`${notRun} not run`]),
    ...(inputs === 0 ? [] : [`${inputs} hostile inputs tried`]),
    `${seconds} s`,
  ];
  const parts = [
    tableOf(sorted, Math.max(MIN_COLUMNS, columns)),
    ...failed
      .filter(({ failure }) => failure !== "")
      .map(({ number, title, failure }) => `${number} ${title}\n${indent(failure)}`),
    ...faults,
    counts.join(", "),
  ];
  return `${parts.map(stripVTControlCharacters).join("\n\n")}\n`;
}

/**
 * @param {readonly Attack[]} attacks
 * @param {number} columns
 */
function tableOf(attacks, columns) {
  const head = ["group", "no", "attack", "outcome", "result", "ms"];
  const rows = attacks.map((attack) => [
    attack.group,
    attack.number,
    attack.title,
    attack.outcome,
    attack.result,
    attack.result === "not run" ? "" : String(attack.ms),
  ]);
  const natural = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const [group = 0, number = 0, title = 0, outcome = 0, result = 0, ms = 0] = natural;
  // The two that are sentences share what the others leave, and break into lines.
  const room = columns - (group + number + result + ms) - 2 * (head.length - 1);
  const titleRoom = Math.min(title, Math.max(Math.ceil(room / 2), room - outcome));
  const widths = [group, number, titleRoom, Math.min(outcome, room - titleRoom), result, ms];
  return [head, widths.map((width) => "-".repeat(width)), ...rows]
    .flatMap((row) => linesOf(row, widths))
    .join("\n");
}

/**
 * One row in as many lines as its longest cell takes; the last column is a number.
 *
 * @param {readonly string[]} row
 * @param {readonly number[]} widths
 */
function linesOf(row, widths) {
  const cells = widths.map((width, column) => wrap(row[column] ?? "", width));
  const height = Math.max(...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, column) => {
        const text = cell[line] ?? "";
        const width = widths[column] ?? 0;
        return column === widths.length - 1 ? text.padStart(width) : text.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/**
 * Breaks a text at spaces, and a word that is too long anywhere.
 *
 * @param {string} text
 * @param {number} width
 */
function wrap(text, width) {
  const pieces = text
    .split(" ")
    .flatMap((word) => word.match(new RegExp(`.{1,${Math.max(1, width)}}`, "gu")) ?? [""]);
  /** @type {string[]} */
  const lines = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= width) {
      lines[lines.length - 1] = `${last} ${piece}`;
    } else lines.push(piece);
  }
  return lines;
}

/** @param {string} text */
function indent(text) {
  return text.replaceAll(/^/gm, "  ");
}
