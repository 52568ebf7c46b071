import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseId } from "../../../src/core/tree/id.ts";
import {
  type StandaloneCommands,
  standaloneCommand,
} from "../../../src/sandbox/image/standalone-command.ts";
import { dockerRun, type Ran } from "../container.ts";
import { type Lab, openLab } from "../lab.ts";

const HEADER = "iteration,size (lower is better)";

describe("a plain docker run of a snapshot", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({
      files: {
        "src/size": "7\n",
        "it's verify.sh": "grep -q 7 built && echo verified\n",
        "oracle/it's": "7\n",
      },
      access: { writable: ["src/"], hidden: ["oracle/"] },
    });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  let count = 0;
  const run = async (commands: Partial<StandaloneCommands>): Promise<Ran> => {
    const id = parseId(`1.${++count}`);
    const command = standaloneCommand(id, {
      build: "cp src/size built && echo building && id -u",
      verify: 'sh "it\'s verify.sh"',
      benchmark: `(echo '${HEADER}'; echo 1,$(cat built)) > "$(printenv LOOPTY_METRICS)"; echo benched`,
      metricsFile: "metrics.csv",
      hiddenPaths: [],
      ...commands,
    });
    const { tag } = await lab.snapshotOf(id, { "src/size": "7\n" }, command);
    return dockerRun(lab.settings.engine.docker, tag);
  };

  it("builds, verifies, benchmarks as the measuring user, and prints nothing but the metrics on stdout", async () => {
    expect(await run({})).toEqual({
      exitCode: 0,
      stdout: `${HEADER}\n1,7\n`,
      stderr: "building\n10002\nverified\nbenched\n",
    });
  });

  it("prints the rows that the benchmark prints, where stdout is the metrics file", async () => {
    const benchmark = `echo '${HEADER}'; echo 1,$(cat built) > $LOOPTY_METRICS`;
    expect(await run({ metricsFile: null, benchmark })).toMatchObject({
      exitCode: 0,
      stdout: `${HEADER}\n1,7\n`,
    });
  });

  it("takes no rows from verify, by whatever name", async () => {
    const rows = `printf '%s\\n' '${HEADER}' 1,0.001`;
    const verify = `${rows} >> "$LOOPTY_METRICS"; ${rows} >> metrics.csv`;
    const benchmark = `(echo '${HEADER}'; echo 1,$(cat built)) >> "$LOOPTY_METRICS"`;
    expect(await run({ verify, benchmark })).toEqual({
      exitCode: 0,
      stdout: `${HEADER}\n1,7\n`,
      stderr: `building\n10002\n${HEADER}\n1,0.001\n`,
    });
  });

  it("does without a build and without verify", async () => {
    const benchmark = `(echo '${HEADER}'; echo 1,$(cat src/size)) > metrics.csv`;
    expect(await run({ build: null, verify: null, benchmark })).toEqual({
      exitCode: 0,
      stdout: `${HEADER}\n1,7\n`,
      stderr: "",
    });
  });

  it("says what is missing where something is hidden, and does not verify", async () => {
    const { stderr, ...rest } = await run({ hiddenPaths: ["oracle/it's"], verify: "exit 1" });
    expect(rest).toEqual({ exitCode: 0, stdout: `${HEADER}\n1,7\n` });
    expect(stderr.split("\n")).toEqual([
      "building",
      "10002",
      "loopty: hidden files are in no image, so this is not verified; missing: oracle/it's",
      `loopty: 'loopty reproduce 1.${count}' puts them in`,
      "benched",
      "",
    ]);
  });

  it.each([
    ["build", { build: "echo no; exit 3" }, "no\nloopty: build failed\n"],
    ["verify", { verify: "echo no; exit 3" }, "building\n10002\nno\nloopty: verify failed\n"],
    [
      "benchmark",
      { benchmark: "echo no; exit 3" },
      "building\n10002\nverified\nno\nloopty: benchmark failed\n",
    ],
  ])("stops where the %s fails", async (_, commands, stderr) => {
    expect(await run(commands)).toEqual({ exitCode: 1, stdout: "", stderr });
  });
});
