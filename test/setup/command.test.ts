import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "./scratch.ts";

function setup(args: string[], env: Record<string, string> = {}) {
  // In a temporary folder of its own it meets no other set-up's lock.
  const surroundings = { ...process.env, TMPDIR: scratchFolder(), ...env };
  const options = { encoding: "utf8", env: surroundings } as const;
  const { status, stdout, stderr } = spawnSync("node", ["scripts/setup.mjs", ...args], options);
  return { status, stdout, stderr };
}

describe("node scripts/setup.mjs", () => {
  it("says nothing when there is nothing to do", () => {
    expect(setup(["--only", "dependencies"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("names the steps when asked for one that does not exist", () => {
    expect(setup(["--only", "dependencies,nonsense"])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        'setup: there is no step "nonsense"\n' +
        "setup: The steps are: dependencies, compile, engine, base-image, browser.\n",
    });
  });

  it("never installs or starts an engine in place of the one that the user chose", () => {
    const socket = join(scratchFolder(), "none.sock");
    const url = `unix://${socket}`;
    expect(setup(["--only", "engine"], { DOCKER_HOST: url })).toEqual({
      status: 2,
      stdout: "",
      stderr:
        `setup: no Docker engine answers at ${url}: connect ENOENT ${socket}\n` +
        "setup: DOCKER_HOST names it, and set-up starts no engine but this machine's own default\n" +
        "setup: Start it, or unset DOCKER_HOST and run `docker context use default` to use that one.\n",
    });
  });
});
