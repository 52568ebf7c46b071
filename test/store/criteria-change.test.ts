import { describe, expect, it } from "vitest";
import { readHeader } from "../../src/core/metrics/metric.ts";
import { criteriaChanges } from "../../src/store/criteria-change.ts";
import { baselineWith } from "./baseline-fixture.ts";

const CONFIG = {
  name: "matmul",
  statement: "Make it faster.",
  access: { writable: ["src/"] },
  metrics: { file: "metrics.csv", weights: null },
  agent: { kind: "claude" },
  budget: { tokens: 5 },
};

function record(
  config: object = {},
  fields: { hiddenDigest?: string; metric?: string | null } = {},
) {
  const { hiddenDigest = "", metric = "time_ms" } = fields;
  const baseline = metric === null ? null : baselineWith([readHeader(metric)]);
  return { config: { ...CONFIG, ...config }, hiddenDigest, baseline };
}

describe("what changed between two runs", () => {
  it("is nothing where only the budget, the rate limit, git or the name did", () => {
    const spent = { name: "other", budget: { tokens: 9 }, rateLimit: {}, git: { branches: "all" } };
    expect(criteriaChanges(record(), record(spent))).toEqual([]);
  });

  it.each([
    ["statement", { statement: "Make it smaller." }],
    ["access", { access: { writable: ["src/a.c"] } }],
    ["metrics", { metrics: { file: "-", weights: null } }],
    ["weights", { metrics: { file: "metrics.csv", weights: { time_ms: 2 } } }],
    ["agent", { agent: { kind: "tuner" } }],
    ["commands", { commands: { build: "make" } }],
    ["context", { context: "all" }],
  ])("says %s", (word, config) => {
    expect(criteriaChanges(record(), record(config))).toEqual([word]);
    expect(criteriaChanges(record(config), record())).toEqual([word]);
  });

  it("says hidden files and columns, which loopty.yaml does not hold", () => {
    expect(criteriaChanges(record(), record({}, { hiddenDigest: "ab" }))).toEqual(["hidden files"]);
    expect(criteriaChanges(record(), record({}, { metric: "score" }))).toEqual(["columns"]);
    expect(criteriaChanges(record(), record({}, { metric: null }))).toEqual([]);
  });

  it("reads what another version wrote as far as it goes", () => {
    expect(criteriaChanges(record(), record({ metrics: 5 }))).toEqual(["metrics", "weights"]);
  });
});
