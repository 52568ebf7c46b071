import { describe, expect, it } from "vitest";
import { offered, report } from "./reported.ts";

describe("hyperfine", () => {
  it("reads the first schema: one time a run, and means of user and system time", () => {
    expect(offered("hyperfine", report("hyperfine-1.15.json"))).toEqual({
      "* sleep 0.01 time (s) lower": [
        0.02420709318, 0.022301549180000005, 0.022366662180000003, 0.020031903180000005,
      ],
      "sleep 0.01 user (s) lower": [0.00107305],
      "sleep 0.01 system (s) lower": [0.006376800000000001],
      "* sleep 0.02 time (s) lower": [
        0.02360327718, 0.02478812718, 0.023581507180000003, 0.026625000180000004,
      ],
      "sleep 0.02 user (s) lower": [0.0013237000000000001],
      "sleep 0.02 system (s) lower": [0.004337800000000001],
    });
    expect(Object.keys(offered("hyperfine", report("hyperfine-1.19.json")))).toEqual(
      Object.keys(offered("hyperfine", report("hyperfine-1.15.json"))),
    );
  });

  it("reads the second schema: every value of every run, the primary metric first of all", () => {
    const read = offered("hyperfine", report("hyperfine-2.0.json"));
    expect(Object.keys(read)).toEqual([
      "* sleep 0.01 time (s) lower",
      "sleep 0.01 cpu (s) lower",
      "sleep 0.01 user (s) lower",
      "sleep 0.01 system (s) lower",
      "sleep 0.01 memory (bytes) lower",
      "* sleep 0.02 time (s) lower",
      "sleep 0.02 cpu (s) lower",
      "sleep 0.02 user (s) lower",
      "sleep 0.02 system (s) lower",
      "sleep 0.02 memory (bytes) lower",
    ]);
    expect(read["sleep 0.01 memory (bytes) lower"]).toEqual([3977216, 4239360, 4239360, 4239360]);
  });

  it("leaves the name out where there is one command", () => {
    const one = { results: [{ command: "./a", times: [1, 2], exit_codes: [0, 0] }] };
    expect(offered("hyperfine", JSON.stringify(one))).toEqual({ "* time (s) lower": [1, 2] });
  });

  it("refuses a command that failed, as failing is quick", () => {
    expect(() => offered("hyperfine", report("hyperfine-1.15-failed.json"))).toThrow(
      "the command exit 3 exited with 3",
    );
    const killed = { results: [{ command: "./a", times: [1], exit_codes: [null] }] };
    expect(() => offered("hyperfine", JSON.stringify(killed))).toThrow("was ended by a signal");
    const second = (exit_code: number | null) => ({
      schema_version: 2,
      results: [
        {
          command: "./a",
          measurements: [{ time_wall_clock: { value: 1, unit: "second" }, exit_code }],
        },
      ],
    });
    expect(() => offered("hyperfine", JSON.stringify(second(3)))).toThrow("exited with 3");
    expect(() => offered("hyperfine", JSON.stringify(second(null)))).toThrow("by a signal");
    expect(offered("hyperfine", JSON.stringify(second(0)))).toEqual({ "* time (s) lower": [1] });
  });
});

describe("google-benchmark", () => {
  it("takes every repetition and no aggregate; counters are better higher", () => {
    const read = offered("google-benchmark", report("google-benchmark-1.7.json"));
    expect(Object.keys(read)).toEqual([
      "* Copy/8 real_time (us/iter) lower",
      "Copy/8 cpu_time (us/iter) lower",
      "Copy/8 bytes_per_second higher",
      "Copy/8 misses higher",
      "* Copy/64 real_time (us/iter) lower",
      "Copy/64 cpu_time (us/iter) lower",
      "Copy/64 bytes_per_second higher",
      "Copy/64 misses higher",
    ]);
    expect(read["* Copy/8 real_time (us/iter) lower"]).toEqual([
      2.4292284986062885e-3, 2.4145737683823935e-3, 9.645241252512891e-3,
    ]);
  });

  it("refuses a report in which a benchmark failed", () => {
    expect(() => offered("google-benchmark", report("google-benchmark-1.7-failed.json"))).toThrow(
      "Bad failed: no file",
    );
  });
});

describe("pytest-benchmark", () => {
  it("takes the raw data of every test", () => {
    const read = offered("pytest-benchmark", report("pytest-benchmark-3.2.json"));
    expect(Object.keys(read)).toEqual([
      "* test_b.py::test_sort (s/iter) lower",
      "* test_b.py::test_sum[10] (s/iter) lower",
      "* test_b.py::test_sum[20] (s/iter) lower",
    ]);
    expect(read["* test_b.py::test_sort (s/iter) lower"]).toEqual([
      1.5330000451285741e-6, 6.81000074109761e-7, 3.1959999660102767e-6,
    ]);
  });
});

describe("go", () => {
  it("takes one sample a line, with units and directions as benchstat knows them", () => {
    expect(offered("go", report("go-1.19.txt"))).toEqual({
      "* BenchmarkSort (ns/op) lower": [366, 141.3, 392.7],
      "BenchmarkSort (B/op) lower": [48, 48, 48],
      "BenchmarkSort (allocs/op) lower": [2, 2, 2],
      "* BenchmarkJoin/size=10 (ns/op) lower": [134.1, 27.73, 148.9],
      "BenchmarkJoin/size=10 (MB/s) higher": [74.55, 360.58, 67.16],
      "BenchmarkJoin/size=10 (lines/op) lower": [2.5, 2.5, 2.5],
      "* BenchmarkJoin/size=100 (ns/op) lower": [29.36, 65.64, 90.23],
      "BenchmarkJoin/size=100 (MB/s) higher": [340.65, 152.34, 110.83],
      "BenchmarkJoin/size=100 (lines/op) lower": [2.5, 2.5, 2.5],
    });
  });

  it("refuses the output of tests that failed, and one without benchmarks", () => {
    expect(() => offered("go", "BenchmarkA-8 10 5 ns/op\n--- FAIL: BenchmarkB\nFAIL\n")).toThrow(
      "go test failed: BenchmarkB",
    );
    expect(() => offered("go", "PASS\nok  x 0.1s\n")).toThrow("no line that begins with Benchmark");
    expect(() => offered("go", "BenchmarkA-8 10 x ns/op\n")).toThrow("no value of a benchmark");
  });
});

describe("jmh (of its documented schema: it could not be run here)", () => {
  it("takes every iteration of every fork; throughput is better higher", () => {
    expect(offered("jmh", report("jmh-documented.json"))).toEqual({
      "* org.example.SortBenchmark.sort size=1000 (us/op) lower": [12, 13, 12.2, 12.8],
      "org.example.SortBenchmark.sort size=1000 gc.alloc.rate.norm (B/op) lower": [48, 48, 48, 48],
      "* org.example.SortBenchmark.sort size=2000 (ops/ms) higher": [80, 82],
      "* org.example.SortBenchmark.sampled (ms/op) lower": [2, 2],
    });
  });
});

describe("criterion", () => {
  it("takes the time of an iteration of every sample, from the files one after another", () => {
    const read = offered("criterion", report("criterion-0.3.txt"));
    expect(Object.keys(read)).toEqual([
      "* group/x/sum/10 (ns/iter) lower",
      "* group/x/sum/20 (ns/iter) lower",
      "* sum one (ns/iter) lower",
    ]);
    const [first] = Object.values(read);
    expect(first).toHaveLength(10);
    expect(first).toMatchObject({ 0: 646566 / 228275, 9: 7035087 / 2282750 });
  });

  it("reads the messages of cargo-criterion (of its documented schema)", () => {
    const messages = [
      { reason: "compiler-artifact" },
      {
        reason: "benchmark-complete",
        id: "norm",
        iteration_count: [10, 20],
        measured_values: [100, 220],
        unit: "ns",
      },
      { reason: "group-complete", group_name: "norm", benchmarks: ["norm"] },
    ];
    expect(offered("criterion", messages.map((m) => JSON.stringify(m)).join("\n"))).toEqual({
      "* norm (ns/iter) lower": [10, 11],
    });
  });

  it("refuses a sample without a name", () => {
    expect(() => offered("criterion", '{"iters":[1],"times":[2]}')).toThrow(
      "a sample.json has no benchmark.json before it",
    );
    expect(() => offered("criterion", "")).toThrow("it has no sample");
  });
});

describe("vitest", () => {
  it("takes the mean of a benchmark, which is all that it writes by default", () => {
    expect(offered("vitest", report("vitest-4.1.json"))).toEqual({
      "* a.bench.ts > sort > copy (ms/iter) lower": [0.0736668310810765],
      "a.bench.ts > sort > copy (hz) higher": [13574.630336676442],
      "* a.bench.ts > sort > in place (ms/iter) lower": [0.03861956097561144],
      "a.bench.ts > sort > in place (hz) higher": [25893.613876954943],
    });
  });

  it("takes the samples where they are there, and refuses a benchmark that has no result", () => {
    const of = (benchmark: object) =>
      JSON.stringify({ files: [{ groups: [{ fullName: "g", benchmarks: [benchmark] }] }] });
    expect(offered("vitest", of({ name: "b", samples: [1, 2], mean: 1.5 }))).toEqual({
      "* g > b (ms/iter) lower": [1, 2],
    });
    expect(() => offered("vitest", of({ name: "b" }))).toThrow("g > b has no result");
  });
});

describe("lines", () => {
  it("takes METRIC lines from among others, with the direction in the name", () => {
    const text =
      "building…\nMETRIC time_ms (lower is better)=12.5\r\nMETRIC score = 3\nok\nMETRIC score=4\n";
    expect(offered("lines", text)).toEqual({ "* time_ms lower": [12.5], "* score higher": [3, 4] });
  });

  it("refuses a value that is no number, and output without such lines", () => {
    expect(() => offered("lines", "METRIC a=fast")).toThrow('METRIC a: "fast" is not a number');
    expect(() => offered("lines", "metric a=1")).toThrow("there is no line METRIC name=value");
  });
});
