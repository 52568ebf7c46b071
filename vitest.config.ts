import { defineConfig } from "vitest/config";

// Whole runs that take minutes of real time each: more than a build server has for every change (`npm run test:long`).
const LONG = [
  "test/docker/agent/{claude-code,misbehaving,presets}.test.ts",
  "test/docker/claude/run.test.ts",
  "test/docker/cli/{demo,doctor-attack,serve,steering}.test.ts",
  "test/docker/mcp/{busy-machine,claude-code,every-tool}.test.ts",
  "test/docker/loop/{disk-full,distill,early-stop,engine-killed,from,optimize,pool,slots}.test.ts",
  "test/docker/machines/*.test.ts",
  "test/docker/pool/*.test.ts",
  "test/docker/remote/*.test.ts",
  "test/docker/sandbox/policy.test.ts",
];

// Many seeds, or many processes of git, compilers and interpreters: seconds each, which the inner loop does not wait for.
const SLOW = [
  "test/agent/conversation/faults.test.ts",
  "test/agent/gateway/lease.test.ts",
  "test/agent/tuner/{learning,tuner}.test.ts",
  "test/attacks/files/host.test.ts",
  "test/attacks/harness/{given-file,second-line,told}.test.ts",
  "test/cli/commands/taking/apply.test.ts",
  "test/cli/terminal/live/terminal.test.ts",
  "test/core/judging/{judge-properties,looks}.test.ts",
  "test/examples/*.test.ts",
  "test/fuzz/fuzz.test.ts",
  "test/loop/run/throughput.test.ts",
  "test/loop/simulate/*.test.ts",
  "test/mcp/{hidden,hostile}.test.ts",
  "test/setup/compile.test.ts",
  "test/store/git/*.test.ts",
  "test/store/reader.test.ts",
];

export default defineConfig({
  test: {
    // vitest leaves one core free, which is half of two.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/docker/**", "test/**/*.{docker,page}.test.ts", ...SLOW],
          // A process and its modules serve one file after the other: fresh ones cost more than the tests themselves.
          isolate: false,
          // Most take milliseconds. Those that start git wait long on a machine with other work.
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "slow",
          include: SLOW,
          isolate: false,
          testTimeout: 120_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "page",
          include: ["test/**/*.page.test.ts"],
          // Chromium starts slowly beside other tests.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "docker",
          include: ["test/docker/**/*.test.ts", "test/attacks/**/*.docker.test.ts"],
          exclude: LONG,
          globalSetup: ["test/docker/engine.ts"],
          setupFiles: ["test/docker/own-queue.ts"],
          // Against what hangs: how long a container takes to start is the machine's affair.
          testTimeout: 360_000,
          hookTimeout: 900_000,
          // Two cores: more files at once only make every container slower.
          maxWorkers: 2,
          // After the unit tests: figures that tests read off containers come from a machine that does nothing else.
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "long",
          include: LONG,
          globalSetup: ["test/docker/engine.ts"],
          setupFiles: ["test/docker/own-queue.ts"],
          testTimeout: 360_000,
          hookTimeout: 900_000,
          // Two cores: more files at once only make every container slower.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
