import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/load.ts";
import { MINIMAL } from "../minimal.ts";

/** Parses the least that validates plus `yaml`. */
function parse(yaml = "") {
  return parseConfig(MINIMAL + yaml);
}

/** The problems told about the least that validates plus `yaml`, without line numbers. */
function problems(yaml: string, base = MINIMAL): string[] {
  try {
    parseConfig(base + yaml);
  } catch (error) {
    return String(error)
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/^ {2}line \d+: /, ""));
  }
  return [];
}

describe("the schema of loopty.yaml", () => {
  it("fills in every default, as numbers with their unit", () => {
    expect(parse()).toEqual({
      name: "matmul",
      statement: { kind: "text", text: "Make it faster." },
      workspace: { path: ".", include: [], exclude: [] },
      access: { writable: ["src/a.c"], readable: [], hidden: [], default: "readable" },
      sandbox: {
        base: { kind: "packaged" },
        setup: null,
        ca: null,
        gpus: [],
        agentGpus: [],
        network: "none",
        memoryBytes: 2 * 1024 ** 3,
        pids: 512,
        diskBytes: 2 * 1024 ** 3,
        shmBytes: 64 * 1024 ** 2,
        tmpBytes: 512 * 1024 ** 2,
        files: 4096,
        agentCpus: null,
        measureCpus: null,
        runtime: null,
      },
      commands: { build: null, verify: null, benchmark: "./bench" },
      timeouts: {
        setupMs: 1_200_000,
        buildMs: 300_000,
        verifyMs: 300_000,
        benchmarkMs: 300_000,
        agentMs: 1_200_000,
      },
      metrics: {
        file: "metrics.csv",
        source: { format: "csv", choice: { select: null, combine: null, guards: [] } },
        guards: {},
        rows: "auto",
        aggregate: null,
        warmupRows: 0,
        weights: null,
        minEffectRatio: 0.005,
        scale: {},
        suspiciousFactor: 3,
        earlyStop: true,
      },
      agent: {
        kind: "claude",
        model: "claude-opus-5-5",
        repairs: 2,
        maxFailures: 5,
        prices: {},
        effort: null,
        cacheTtl: "5m",
        headers: null,
        longWait: "end",
      },
      search: {
        parallel: 1,
        policy: { kind: "best-first" },
        explore: 0.2,
        maxChildren: 12,
        maxDepth: null,
        patience: null,
        merges: false,
        seed: 1,
        effort: "auto",
      },
      context: "lineage",
      budget: { tokens: 2_000_000, experiments: 50, costUsd: null, timeMs: null, until: null },
      rateLimit: {
        experiments: { count: 30, perMs: 3_600_000 },
        requests: { count: 50, perMs: 60_000 },
      },
      machines: [
        {
          kind: "engine",
          name: "local",
          url: "local",
          certificates: null,
          agentCpus: null,
          measureCpus: null,
          parallel: 2,
        },
      ],
      git: { branches: "improved" },
    });
  });

  it("reads the search policies, a beam with its width", () => {
    const policyOf = (policy: string) => parse(`search: { policy: "${policy}" }\n`).search.policy;
    for (const kind of ["best-first", "greedy", "breadth", "manual"] as const) {
      expect(policyOf(kind)).toEqual({ kind });
    }
    expect(policyOf("beam:5")).toEqual({ kind: "beam", width: 5 });
    for (const policy of ["beam", "beam:0", "beam:x", "beam:5 ", "best", "Greedy"]) {
      expect(problems(`search: { policy: "${policy}" }\n`)).toEqual([
        `search.policy: "${policy}" is none of best-first, greedy, breadth, manual, or beam:5 for the best five`,
      ]);
    }
    expect(problems("search: { policy: 5 }\n")).toEqual(["search.policy: must be text"]);
    expect(parse("search: { patience: 20 }\n").search.patience).toBe(20);
  });

  it("reads how rows become one value, and decides by the rows where nothing is said", () => {
    const metricsOf = (yaml: string) => parse(`metrics: { ${yaml} }\n`).metrics;
    expect(metricsOf("warmup_rows: 3, aggregate: best")).toMatchObject({
      warmupRows: 3,
      aggregate: "best",
    });
    expect(metricsOf("warmup_rows: auto").warmupRows).toBe("auto");
    expect(metricsOf("warmup_rows: 0")).toMatchObject({ warmupRows: 0, aggregate: null });
    expect(problems("metrics: { warmup_rows: -1 }\n")).toEqual([
      'metrics.warmup_rows: "-1" is not a whole number of at least 0, or the word auto',
    ]);
    expect(problems("metrics: { warmup_rows: [1] }\n")).toEqual([
      "metrics.warmup_rows: must be a whole number of at least 0, or the word auto",
    ]);
  });

  it("lifts a limit only for the word none", () => {
    const { budget, rateLimit } = parse(
      "budget: { tokens: none, experiments: none }\nrate_limit: { experiments: none, requests: none }\n",
    );
    expect(budget).toMatchObject({ tokens: null, experiments: null });
    expect(rateLimit).toEqual({ experiments: null, requests: null });
    expect(problems("budget: { tokens: , usd: 0, time: unlimited, experiments: 0 }\n")).toEqual([
      "budget.tokens: must be a whole number of at least 1, or the word none",
      'budget.usd: "0" is not an amount above 0 such as 12.50, or the word none',
      'budget.time: "unlimited" is not a duration such as 20m, 300ms or 1h30m, or the word none',
      'budget.experiments: "0" is not a whole number of at least 1, or the word none',
    ]);
  });

  it("reads limits and goals", () => {
    const yaml = "budget: { usd: 12.50, time: 1h30m, until: { time_ms: 12 } }\n";
    expect(parse(yaml).budget).toMatchObject({
      costUsd: 12.5,
      timeMs: 5_400_000,
      until: { time_ms: 12 },
    });
  });

  it("refuses a timeout that a timer cannot wait for, and none for a timeout", () => {
    expect(problems("timeouts: { build: 25d, verify: none }\n")).toEqual([
      'timeouts.build: "25d" is not a duration of at most 24 days such as 20m, 300ms or 1h30m',
      'timeouts.verify: "none" is not a duration of at most 24 days such as 20m, 300ms or 1h30m',
    ]);
  });

  it.each(["Matmul", "a b", "-a", "a-", "a..b", "a".repeat(64), "a/b"])(
    "refuses the name %s, which no image can have",
    (name) => {
      const yaml = MINIMAL.replace("matmul", JSON.stringify(name));
      expect(problems("", yaml)).toHaveLength(1);
    },
  );

  it.each(["matmul", "a", "my-project_2.0", "a__b", "0x"])("accepts the name %s", (name) => {
    expect(parseConfig(MINIMAL.replace("matmul", JSON.stringify(name))).name).toBe(name);
  });

  it("wants a statement or a statement_file, not both and not neither", () => {
    const without = MINIMAL.replace(/^statement.*\n/m, "");
    expect(problems("", without)).toEqual([
      "statement is missing; write it, or name a statement_file",
    ]);
    expect(problems("statement_file: a.md\n")).toEqual([
      "statement_file: stands beside statement; keep one",
    ]);
    expect(parseConfig(`${without}statement_file: a.md\n`).statement).toEqual({
      kind: "file",
      path: "a.md",
    });
  });
});

describe("access", () => {
  it("tells a rule that leaves the workspace, and rules that tie", () => {
    expect(problems("", MINIMAL.replace("src/a.c", "../a.c"))).toEqual([
      'access.writable[0]: "../a.c" leaves its folder with ..',
    ]);
    const tie = MINIMAL.replace("{ writable: [src/a.c] }", "{ writable: [src/], hidden: [src/] }");
    expect(problems("", tie)).toEqual([
      'access: "src/" (writable) and "src/" (hidden) tie: both could match src/x',
    ]);
  });

  it("wants something writable", () => {
    expect(problems("", MINIMAL.replace("[src/a.c]", "[]"))).toEqual([
      "access.writable: must name at least one file, folder/ or glob",
    ]);
  });
});

describe("sandbox", () => {
  it("names GPUs by number, UUID or CDI name, as many as there are slots", () => {
    const yaml =
      'sandbox: { gpus: [0, GPU-5a], measure_cpus: ["1", "2"], agent_gpus: ["nvidia.com/gpu=2"] }\n';
    expect(parse(yaml).sandbox).toMatchObject({
      gpus: ["0", "GPU-5a"],
      agentGpus: ["nvidia.com/gpu=2"],
    });
    expect(parse("sandbox: { gpus: [0] }\n").sandbox.gpus).toEqual(["0"]);
  });

  it.each([
    ["gpus: all", "sandbox.gpus: must be a list"],
    ["gpus: [all]", "sandbox.gpus: must be a list of GPUs"],
    ["gpus: [0, '0'], measure_cpus: ['1', '2']", "sandbox.gpus: names a GPU twice"],
    ["gpus: [0, 1]", "sandbox.gpus: must be as many as the slots that measure"],
    ["gpus: [0], measure_cpus: ['1', '2']", "sandbox.gpus: must be as many as the slots"],
    ["gpus: [0], agent_gpus: [0]", "sandbox.agent_gpus: has a GPU of `gpus`"],
  ])("refuses { %s }", (written, problem) => {
    expect(problems(`sandbox: { ${written} }\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it("starts from a Dockerfile, an image, or what comes with loopty", () => {
    expect(parse("sandbox: { dockerfile: d/Dockerfile }\n").sandbox.base).toEqual({
      kind: "dockerfile",
      path: "d/Dockerfile",
    });
    expect(parse("sandbox: { image: debian:12 }\n").sandbox.base).toEqual({
      kind: "image",
      ref: "debian:12",
    });
    expect(problems("sandbox: { image: a, dockerfile: b }\n")).toEqual([
      "sandbox: has both dockerfile and image; keep one",
    ]);
  });

  it.each([
    ["0", "0"],
    ['"1"', "1"],
    ["0-3,5", "0-3,5"],
    ["2-2", "2-2"],
  ])("reads the cpuset %s", (written, cpus) => {
    expect(parse(`sandbox: { measure_cpus: "${written.replaceAll('"', "")}" }\n`)).toMatchObject({
      sandbox: { measureCpus: cpus },
    });
    expect(parse(`sandbox:\n  agent_cpus: ${written}\n`).sandbox.agentCpus).toBe(cpus);
  });

  it.each(["3-1", "a", "0-", "0,,1", "-1", "all", "0-1-2"])("refuses the cpuset %s", (cpus) => {
    expect(problems(`sandbox: { agent_cpus: "${cpus}" }\n`)).toEqual([
      "sandbox.agent_cpus: must be a cpuset such as 0 or 0-3,5",
    ]);
  });

  it("reads a list of cpusets to measure on as one slot each", () => {
    expect(parse('sandbox: { measure_cpus: [1, "2-3"] }\n').sandbox.measureCpus).toEqual([
      "1",
      "2-3",
    ]);
  });

  it.each([
    ["[]", ": must be a cpuset such as 0 or 0-3,5, or a list of them"],
    ['["1", "a"]', "[1]: must be a cpuset such as 0 or 0-3,5"],
    ["{}", ": must be a cpuset such as 0 or 0-3,5, or a list of them"],
    ['["1-3", "0", "3"]', ": has entries that share a cpu; each is a slot of its own"],
  ])("refuses %s as cpus to measure on", (written, problem) => {
    const found = problems(`sandbox: { measure_cpus: ${written} }\n`);
    expect(found).toEqual([`sandbox.measure_cpus${problem}`]);
  });

  it("refuses less memory than an engine accepts", () => {
    expect(problems("sandbox: { memory: 5m }\n")).toEqual([
      'sandbox.memory: "5m" is not a size of at least 6m such as 512m or 2g',
    ]);
  });
});

describe("metrics", () => {
  it.each([
    ["../m.csv", '"../m.csv" leaves its folder with ..'],
    ["/tmp/m.csv", '"/tmp/m.csv" is absolute'],
    ["out/", '"out/" is a folder, not a file'],
    ["*.csv", '"*.csv" is a glob, not a file'],
    [".git/m.csv", '".git/m.csv" lies in .git or .loopty'],
  ])("refuses the file %s", (file, reason) => {
    expect(problems(`metrics: { file: "${file}" }\n`)).toEqual([`metrics.file: ${reason}`]);
  });

  it("reads what counts of a report, and guards", () => {
    expect(
      parse(
        'metrics: { format: go, select: ["*Sort*"], combine: geomean, guards: { "B (B/op)": 5% } }\n',
      ).metrics,
    ).toMatchObject({
      source: {
        format: "go",
        choice: { select: ["*Sort*"], combine: "geomean", guards: ["B (B/op)"] },
      },
      guards: { "B (B/op)": 0.05 },
    });
    expect(problems("metrics: { weights: { a: 1 }, guards: { a: 5%, b: 100% } }\n")).toEqual([
      "metrics.guards.a: has a weight too",
      "metrics.guards.b: must be below 100%",
    ]);
    expect(problems("metrics: { format: gobench }\n")).toHaveLength(1);
    expect(problems("metrics: { weights: { wall_ms: 1, a: 1 } }\n")).toEqual([
      "metrics.weights.wall_ms: is no metric before metrics.select names it",
    ]);
    expect(problems("metrics: { select: [wall_ms, a], weights: { wall_ms: 1 } }\n")).toEqual([]);
  });

  it.each(["-", "out/metrics.csv"])("accepts the file %s", (file) => {
    expect(parse(`metrics: { file: "${file}" }\n`).metrics.file).toBe(file);
  });

  it("refuses weights that say nothing, and a suspicious factor below any gain", () => {
    expect(problems("metrics: { weights: {}, suspicious: 1x, min_effect: 0.5 }\n")).toEqual([
      "metrics.weights: must name at least one metric",
      'metrics.suspicious: "1x" is not a factor above 1 such as 3x',
      'metrics.min_effect: "0.5" is not a percentage from 0% to 100% such as 0.5%',
    ]);
    expect(problems("metrics: { weights: { time: -1 } }\n")).toEqual([
      "metrics.weights.time: must be above 0",
    ]);
  });
});

describe("agent", () => {
  const tuner = (parameter: string) => `agent: { kind: tuner, parameters: [${parameter}] }\n`;
  const block = "{ name: BLOCK, file: src/a.c, pattern: 'B (\\d+)', values: [4, 8, \"016\"] }";

  it("reads a tuner's values as the text that is put in", () => {
    expect(parse(tuner(block)).agent).toEqual({
      kind: "tuner",
      parameters: [
        {
          name: "BLOCK",
          file: "src/a.c",
          pattern: "B (\\d+)",
          values: ["4", "8", "016"],
          when: {},
        },
      ],
      maxFailures: 5,
    });
  });

  it.each([
    ["B \\d+", "must have exactly one group (...), not 0; (?:...) is no group"],
    ["(B) (\\d+)", "must have exactly one group (...), not 2; (?:...) is no group"],
    ["B (\\d+", "is not a JavaScript regular expression"],
  ])("refuses the pattern %s", (pattern, reason) => {
    expect(problems(tuner(block.replace("B (\\d+)", pattern)))).toEqual([
      `agent.parameters[0].pattern: ${reason}`,
    ]);
  });

  it("accepts a named group, and others that capture nothing", () => {
    const pattern = "(?:B|C) (?<value>\\d+)(?=;)";
    expect(problems(tuner(block.replace("B (\\d+)", pattern)))).toEqual([]);
  });

  it.each(["[4]", '[4, "4"]', "[]"])("refuses the values %s", (values) => {
    expect(problems(tuner(block.replace(/\[4.*?\]/, values)))).toEqual([
      "agent.parameters[0].values: must be at least 2 values, none of them twice",
    ]);
  });

  it("refuses two parameters of one name, and a file that is not writable", () => {
    expect(problems(tuner(`${block}, ${block}`))).toEqual([
      "agent.parameters: must have different names",
    ]);
    expect(problems(tuner(block.replace("src/a.c", "src/b.c")))).toEqual([
      'agent.parameters[0].file: "src/b.c" is not writable by access',
    ]);
  });

  it("takes a known command line, or a command of one's own, and not both", () => {
    const command = (rest: string) => problems(`agent: { kind: command, model: m, ${rest} }\n`);
    expect(command("preset: pi")).toEqual([]);
    expect(command('api: gemini, run: [a, $PROMPT], packages: ["@x/a@1.2.3"]')).toEqual([]);
    expect(command("version: 1.2.3")).toEqual([
      "agent.api is missing; or name a preset",
      "agent.run is missing; or name a preset",
      "agent.version: belongs to preset",
    ]);
    expect(command("preset: pi, run: [a], env: { A: b }")).toEqual([
      "agent.run: stands beside preset; keep one",
      "agent.env: belongs to run",
    ]);
    expect(command("api: gemini, run: [a], packages: [a@latest]")).toEqual([
      "agent.packages[0]: must be an npm package at an exact version",
    ]);
  });

  it("refuses a key of another kind and says whose it is", () => {
    expect(problems(`agent: { kind: tuner, repairs: 1, parameters: [${block}] }\n`)).toEqual([
      "unknown key agent.repairs; it belongs to kind claude, api, command and replay",
    ]);
    expect(problems("agent: { kind: clade }\n")).toEqual([
      "agent.kind: must be one of claude, api, command, tuner, replay",
    ]);
    expect(problems("agent: { kind: replay }\n")).toEqual(["agent.from is missing"]);
  });

  it("knows what is to be replayed by its spelling", () => {
    const from = (text: string) => {
      const { agent } = parse(`agent: { kind: replay, from: ${text} }\n`);
      return agent.kind === "replay" ? agent.from : null;
    };
    expect(from("3")).toEqual({ kind: "run", run: 3 });
    expect(from('"3"')).toEqual({ kind: "run", run: 3 });
    expect(from("a/run.jsonl")).toEqual({ kind: "recording", path: "a/run.jsonl" });
    expect(from("edits.yaml")).toEqual({ kind: "edits", path: "edits.yaml" });
    expect(from('"03"')).toEqual({ kind: "edits", path: "03" });
    expect(problems("agent: { kind: replay, from: 0 }\n")).toEqual([
      "agent.from: must be a file or a run",
    ]);
  });

  it("takes a model behind any server, by an address of http alone", () => {
    const { agent } = parseConfig(
      `${MINIMAL}agent: { kind: api, model: m, base_url: "http://localhost:1/v1" }\n`,
    );
    expect(agent).toEqual({
      kind: "api",
      model: "m",
      baseUrl: "http://localhost:1/v1",
      repairs: 2,
      maxFailures: 5,
      prices: {},
      effort: null,
      outputLimit: null,
      longWait: "end",
    });
    expect(
      problems('agent: { kind: api, base_url: "file:///v1", output_limit: tokens }\n'),
    ).toEqual([
      "agent.base_url: must be an address such as http://localhost:11434/v1",
      "agent.output_limit: must be one of max_tokens, max_completion_tokens",
    ]);
  });

  it("takes several models by their shares, instead of one", () => {
    const modelsOf = (agent: string) => {
      const { agent: read } = parseConfig(`${MINIMAL}agent: ${agent}\n`);
      return "models" in read ? [read.model, read.models] : null;
    };
    const shares = { cheap: 0.3, strong: 0.7 };
    expect(modelsOf("{ kind: claude, models: { cheap: 0.3, strong: 0.7 } }")).toEqual([
      "strong",
      shares,
    ]);
    expect(modelsOf("{ kind: api, models: { cheap: 0.3, strong: 0.7 } }")).toEqual([
      "strong",
      shares,
    ]);
    expect(modelsOf("{ kind: claude }")).toBeNull();
    expect(problems("agent: { kind: api }\n")).toEqual(["agent.model is missing"]);
    for (const kind of ["claude", "api"]) {
      expect(problems(`agent: { kind: ${kind}, model: a, models: { a: 1, b: 1 } }\n`)).toEqual([
        "agent.models: stands beside model; keep one",
      ]);
      expect(problems(`agent: { kind: ${kind}, models: { a: 1 } }\n`)).toEqual([
        "agent.models: must name at least two models",
      ]);
      expect(problems(`agent: { kind: ${kind}, models: { a: 1, b: 0 } }\n`)).toEqual([
        "agent.models.b: must be a share above 0, such as 0.3",
      ]);
    }
  });

  it("reads how a Claude model is asked", () => {
    const asked = "agent: { kind: claude, effort: high, cache_ttl: 1h, headers: x-api-key }\n";
    expect(parse(asked).agent).toMatchObject({
      effort: "high",
      cacheTtl: "1h",
      headers: "x-api-key",
    });
    expect(
      problems("agent: { kind: claude, effort: huge, cache_ttl: 2h, headers: none }\n"),
    ).toEqual([
      "agent.effort: must be one of low, medium, high, xhigh, max",
      "agent.cache_ttl: must be one of 5m, 1h",
      "agent.headers: must be one of bearer, x-api-key",
    ]);
  });

  it("makes the values of a tuner's range, by its type and scale", () => {
    const valuesOf = (range: string) => {
      const pattern = "{ name: X, file: src/a.c, pattern: '(x)', ";
      const { agent } = parse(`agent: { kind: tuner, parameters: [ ${pattern} ${range} } ] }\n`);
      return agent.kind === "tuner" ? agent.parameters[0]?.values.join(" ") : null;
    };
    expect(valuesOf("range: { from: 1, to: 5, steps: 5 }")).toBe("1 2 3 4 5");
    expect(valuesOf("range: { from: 1, to: 3, steps: 9 }")).toBe("1 2 3");
    expect(valuesOf("range: { from: 1, to: 64, scale: log, steps: 7 }, also: [0]")).toBe(
      "0 1 2 4 8 16 32 64",
    );
    expect(valuesOf("range: { from: 0.001, to: 1, type: float, scale: log, steps: 4 }")).toBe(
      "0.001 0.01 0.1 1",
    );
    expect(valuesOf("values: [a, b]")).toBe("a b");
  });

  it("lets a parameter count only with values of an earlier one, and refuses what cannot be", () => {
    const tuner = (when: string, name = "A") =>
      `agent: { kind: tuner, parameters: [ { name: ${name}, file: src/a.c, pattern: '(x)', values: [1, 2] }, { name: B, file: src/a.c, pattern: '(y)', values: [1, 2], when: ${when} } ] }\n`;
    expect(parse(tuner("{ A: [2] }")).agent).toMatchObject({
      parameters: [{ when: {} }, { when: { A: ["2"] } }],
    });
    expect(problems(tuner("{ A: [3] }"))).toEqual([
      'agent.parameters[1].when.A: "3" is no value of A',
    ]);
    expect(problems(tuner("{ B: [1] }"))).toEqual([
      "agent.parameters[1].when.B: is no parameter that stands above",
    ]);
    expect(problems(tuner("{ A: [] }"))).toEqual([
      "agent.parameters[1].when.A: must name at least one value",
    ]);
  });
});
