import { describe, expect, it } from "vitest";
import { configSchema } from "../../src/config/schema/schema.ts";
import { readHeader } from "../../src/core/metrics/metric.ts";
import { preferenceOfRun, runRecordSchema } from "../../src/store/run-record.ts";
import { baselineWith } from "./baseline-fixture.ts";
import { RUN_START } from "./run-start.ts";

const METRICS = [readHeader("time_ms (lower is better)"), readHeader("bytes (lower is better)")];

function preferenceUnder(config: Record<string, unknown>) {
  return preferenceOfRun({ config, baseline: baselineWith(METRICS) });
}

describe("preferenceOfRun", () => {
  it("takes weights and the least gain from the config as a run records it", () => {
    const { metrics } = configSchema.parse({
      name: "small",
      statement: "Make it fast.",
      access: { writable: ["main.c"] },
      sandbox: { image: "busybox" },
      commands: { benchmark: "./bench" },
      metrics: { weights: { time_ms: 2 }, min_effect: "1%" },
    });
    const stored: unknown = JSON.parse(JSON.stringify(metrics));
    expect(preferenceUnder({ metrics: stored })).toEqual({
      kind: "score",
      weights: { time_ms: 2 },
      mostLoss: { time_ms: Math.LN10, bytes: 0.04 },
    });
  });

  it("is strict priority where the config says nothing that this version knows", () => {
    const priority = { kind: "priority", metrics: METRICS, mostLoss: {}, exact: [] };
    expect(preferenceUnder({})).toEqual(priority);
    expect(preferenceUnder({ metrics: { weights: null, minEffectRatio: 0.005 } })).toEqual(
      priority,
    );
    expect(preferenceUnder({ metrics: { weights: "time_ms", minEffectRatio: 0.005 } })).toEqual(
      priority,
    );
  });
});

describe("runRecordSchema", () => {
  const KNOWN = { formatVersion: 1, run: 1, createdAt: "2026-03-01T12:00:00.000Z", ...RUN_START };
  const LATER = {
    machines: {},
    lentMs: {},
    base: null,
    workedMs: 5,
    pace: null,
    workbench: null,
    result: null,
  };
  const BASELINE = baselineWith(METRICS, { buildOutputs: ["src/k.o"], benchmarkMs: 12.5 });

  it("reads a baseline whose findings loopty 0.1 kept as fields of the run", () => {
    const { machine: _machine, ...old01 } = BASELINE;
    const old = { ...KNOWN, ...LATER, ...old01 };
    expect(runRecordSchema.parse(old)).toEqual({ ...KNOWN, ...LATER, baseline: BASELINE });
  });

  it("takes a benchmark that named no format for one that writes CSV, so that the run can be resumed", () => {
    const config = smallConfig();
    const { source: _source, guards: _guards, ...metrics } = config.metrics;
    const { merges: _merges, ...search } = config.search;
    const old = { ...KNOWN, ...LATER, baseline: null, config: { ...config, metrics, search } };
    const read = runRecordSchema.parse(JSON.parse(JSON.stringify(old)));
    expect(read.config).toEqual(config);
    // Sections of a config are compared as texts.
    expect(JSON.stringify(read.config.metrics)).toBe(JSON.stringify(config.metrics));
    expect(JSON.stringify(read.config.search)).toBe(JSON.stringify(config.search));
  });

  it("takes a search that named no effort for one with the default, so that the run can be resumed", () => {
    const config = configSchema.parse({
      name: "small",
      statement: "Make it fast.",
      access: { writable: ["main.c"] },
      sandbox: { image: "busybox" },
      commands: { benchmark: "./bench" },
    });
    const { effort: _effort, ...search } = config.search;
    const old = { ...KNOWN, ...LATER, baseline: null, config: { ...config, search } };
    const read = runRecordSchema.parse(JSON.parse(JSON.stringify(old)));
    expect(read.config).toEqual(config);
    expect(JSON.stringify(read.config.search)).toBe(JSON.stringify(config.search));
  });

  it("names the sizes that were fixed before there were keys for them", () => {
    const config = smallConfig();
    const { shmBytes: _shm, tmpBytes: _tmp, files: _files, ...sandbox } = config.sandbox;
    const old = { ...KNOWN, ...LATER, baseline: null, config: { ...config, sandbox } };
    const read = runRecordSchema.parse(JSON.parse(JSON.stringify(old)));
    expect(read.config.sandbox).toEqual(config.sandbox);
  });

  it("takes every row for a sample where an old record names no rule for rows", () => {
    const { rowRule, machine: _machine, ...named } = BASELINE;
    for (const old of [{ rowRule: null }, {}]) {
      const read = runRecordSchema.parse({ ...KNOWN, ...LATER, ...named, ...old });
      expect(read.baseline?.rowRule).toEqual(rowRule);
    }
  });

  it("knows of no baseline where an old record was killed before the metrics were known", () => {
    const metrics = { metrics: null, aggregates: null, rowRule: null, calibration: null };
    const killed = { ...KNOWN, ...LATER, buildOutputs: ["src/k.o"], benchmarkMs: null, ...metrics };
    expect(runRecordSchema.parse(killed)).toEqual({ ...KNOWN, ...LATER, baseline: null });
  });
});

function smallConfig() {
  return configSchema.parse({
    name: "small",
    statement: "Make it fast.",
    access: { writable: ["main.c"] },
    sandbox: { image: "busybox" },
    commands: { benchmark: "./bench" },
  });
}
