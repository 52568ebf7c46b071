import { basename } from "node:path";
import type { Agent } from "../../agent/agent.ts";
import { parseRecording } from "../../agent/claude/recording/recording.ts";
import { type ApiAccess, DEFAULT_BASE_URL } from "../../agent/claude/request/client.ts";
import { parseReplay } from "../../agent/replay/file.ts";
import { Replay } from "../../agent/replay/replay.ts";
import { Tuner } from "../../agent/tuner/tuner.ts";
import type { ReplaySource } from "../../config/schema/agent.ts";
import { readPlainFile } from "../../config/workspace/plain-file.ts";
import { messageOf, UserError } from "../../core/error.ts";
import { openClaude } from "../../loop/agents/claude.ts";
import { openRecorded, recordedRun } from "../../loop/agents/recording.ts";
import type { World } from "../world.ts";
import type { AgentChoice } from "./run-request.ts";

const MAX_RECORDING_BYTES = 256 * 1024 ** 2;

/** For commands that open a run without growing its tree. */
export const IDLE: Agent = { open: async () => null };
export const chooseIdle: AgentChoice = async () => async () => IDLE;

/** The agent that loopty.yaml asks for. Throws `UserError` where it cannot be had. */
export const chooseAgent: AgentChoice = async ({ agent, search }, { env }) => {
  switch (agent.kind) {
    case "tuner":
      return async () => new Tuner(agent.parameters, search.seed);
    case "replay":
      return chooseReplay(agent.from);
    case "claude": {
      const access = apiAccess(env, agent.headers);
      return async (run) => openClaude(run, agent, access);
    }
  }
};

async function chooseReplay(from: ReplaySource): ReturnType<AgentChoice> {
  if (from.kind === "run") {
    return async (run) => openRecorded(run, await recordedRun(run.records.project, from.run));
  }
  const text = await readSource(from.path);
  const name = basename(from.path);
  if (from.kind === "edits") {
    const edits = parseReplay(text, name);
    return async () => new Replay(edits);
  }
  const recording = parseRecording(text, name);
  return async (run) => openRecorded(run, recording);
}

function apiAccess(env: World["env"], headers: ApiAccess["headers"] | null): ApiAccess {
  const apiKey = env.ANTHROPIC_API_KEY;
  if (!apiKey) {
    throw new UserError("agent.kind claude needs an API key", {
      hint: "export ANTHROPIC_API_KEY=...; the agents tuner and replay need none",
    });
  }
  const baseUrl = env.ANTHROPIC_BASE_URL || DEFAULT_BASE_URL;
  // Servers that are compatible with the API mostly know only the older pair of headers.
  const usual = baseUrl === DEFAULT_BASE_URL ? "bearer" : "x-api-key";
  return { apiKey, baseUrl, headers: headers ?? usual };
}

async function readSource(path: string): Promise<string> {
  const bytes = await readPlainFile(path, MAX_RECORDING_BYTES).catch((cause: unknown) => {
    throw new UserError(`agent.from: cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  return bytes.toString("utf8");
}
