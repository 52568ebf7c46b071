import { z } from "zod";
import { isSameJson } from "../core/text/json.ts";
import type { RunRecord } from "./run-record.ts";

type JudgedRecord = Pick<RunRecord, "config" | "hiddenDigest" | "baseline">;

// A record keeps its config as it was written, perhaps by another version.
const section = z.record(z.string(), z.unknown()).catch({});

/**
 * The criteria of a run, by a word for each, mostly loopty.yaml's own. They decide what the run may do and what it
 * calls better. What a run may spend and where its branches go decides no result.
 */
const CRITERIA: readonly (readonly [word: string, of: (record: JudgedRecord) => unknown])[] = [
  ["statement", ({ config }) => config.statement],
  ["workspace", ({ config }) => config.workspace],
  ["access", ({ config }) => config.access],
  ["hidden files", ({ hiddenDigest }) => hiddenDigest],
  ["sandbox", ({ config }) => config.sandbox],
  ["commands", ({ config }) => config.commands],
  ["timeouts", ({ config }) => config.timeouts],
  ["metrics", ({ config }) => ({ ...section.parse(config.metrics), weights: null })],
  ["weights", ({ config }) => section.parse(config.metrics).weights],
  ["columns", ({ baseline }) => baseline?.metrics],
  ["agent", ({ config }) => config.agent],
  ["search", ({ config }) => config.search],
  ["context", ({ config }) => config.context],
];

/** The criteria in which two runs differ, in a word each: `metrics`, `weights`, `access`, `statement`. */
export function criteriaChanges(before: JudgedRecord, now: JudgedRecord): string[] {
  return CRITERIA.filter(
    ([word, of]) =>
      // A run that never had its baseline measured does not know its columns.
      !(word === "columns" && (before.baseline === null || now.baseline === null)) &&
      !isSameJson(of(before), of(now)),
  ).map(([word]) => word);
}
