import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chooseAgent } from "../../agent/choose.ts";
import { readParameter } from "../../agent/tuner/parameter.ts";
import type { Config } from "../../config/schema/schema.ts";
import { foldersAbove } from "../../core/access/path.ts";
import { cpusOf, shareCpus } from "../../core/cpuset.ts";
import { MissingKeyError } from "../../core/error.ts";
import { nearestName } from "../../core/text/nearest.ts";
import { formatCounted } from "../../core/text/number.ts";
import { printable } from "../../core/text/printable.ts";
import type { DividedWorkspace } from "../../loop/origin/workspace.ts";
import { SIDE_CHANNEL_HINT, sideChannel } from "../../loop/run/side-channel.ts";
import { chooseCpus } from "../../sandbox/cpus.ts";
import type { Engine } from "../../sandbox/engine/engine.ts";
import type { World } from "../world.ts";
import { type Check, fail, ok, warn } from "./check.ts";

/** A missing key is a warning, as a change of one's own is measured without it. Throws `UserError` for an agent that cannot be had. */
export async function checkAgent(config: Config, world: World): Promise<Check> {
  try {
    await chooseAgent(config, world.env);
    return ok("agent", config.agent.kind);
  } catch (error) {
    if (!(error instanceof MissingKeyError)) throw error;
    return warn("agent", error.message, error.hint ?? "set it in the environment");
  }
}

export function checkWorkspace(workspace: DividedWorkspace): Check {
  const { protectedFiles, writableFiles, emptyFolders, hidden, policy, warnings } = workspace;
  if (writableFiles.length === 0) {
    const written = policy.describe().writable;
    const folders = workspace.files.flatMap(({ path }) => foldersAbove([path]));
    const near = nearestName(
      written[0] ?? "",
      [...new Set(folders)].map((folder) => `${folder}/`),
    );
    const hint =
      near === null ? "name files, folders/ or globs that there are" : `did you mean ${near}?`;
    return fail(
      "workspace",
      `access.writable (${written.map((text) => printable(text)).join(", ")}) matches no file: the agent could change nothing`,
      hint,
    );
  }
  const text =
    `${writableFiles.length} writable, ${protectedFiles.length} readable, ` +
    `${formatCounted(hidden.length, "hidden file")} in ${workspace.root}`;
  const empty = emptyFolders.map((folder) => `access.writable: ${printable(folder)}/ is not there`);
  const told = [...warnings, ...empty];
  return told.length === 0
    ? ok("workspace", text)
    : warn("workspace", `${text}; ${told.join("; ")}`, "see whether that is what you want");
}

/** Where each parameter of a tuner stands, and its value of now; a failure where a pattern does not find exactly one. */
export function checkParameters({ agent, workspace }: Config): Check[] {
  if (agent.kind !== "tuner") return [];
  const readings = agent.parameters.map((parameter) => {
    const text = textOf(join(workspace.path, parameter.file));
    if (text === null) return { fault: `${printable(parameter.file)} cannot be read` };
    const reading = readParameter(parameter, text);
    if (reading.kind === "unclear") return { fault: reading.reason };
    const line = text.slice(0, reading.start).split("\n").length;
    return { place: `${parameter.name} is ${reading.value} (${parameter.file}:${line})` };
  });
  const faults = readings.flatMap(({ fault }) => fault ?? []);
  if (faults.length > 0) {
    const hint = "agent.parameters: each pattern must match once, with one group around the value";
    return [fail("tuner", faults.join("\n"), hint)];
  }
  return [ok("tuner", readings.flatMap(({ place }) => place ?? []).join("\n"))];
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Says nothing where there is nothing to say. */
export function checkSideChannel(config: Config): Check[] {
  const channel = sideChannel(config);
  return channel === null ? [] : [warn("hidden files", channel, SIDE_CHANNEL_HINT)];
}

/** Measured containers should not share a cpu with agents, and can only have cpus that exist. */
export function checkCpus({ sandbox }: Config, { cpuCount }: Pick<Engine, "cpuCount">): Check {
  const { agent, measure } = chooseCpus(cpuCount, sandbox);
  const of = formatCounted(cpuCount, "cpu");
  const text = `agents on ${agent}, measuring on ${measure.join(" and on ")} of ${of}`;
  if (cpusOf([agent, ...measure].join()).some((cpu) => cpu >= cpuCount)) {
    const hint = `sandbox.agent_cpus and measure_cpus may name 0 to ${cpuCount - 1}`;
    return fail("cpus", `${text}: there are not so many`, hint);
  }
  const hint = "agents are paused for each pair, which takes twice as long; give measuring its own";
  return shareCpus(agent, measure.join())
    ? warn("cpus", `${text}: they share`, hint)
    : ok("cpus", text);
}
