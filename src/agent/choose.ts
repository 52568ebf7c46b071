import { basename } from "node:path";
import type { Config } from "../config/schema/schema.ts";
import { readPlainFile } from "../config/workspace/plain-file.ts";
import { MissingKeyError, messageOf, UserError } from "../core/error.ts";
import { type ApiAccess, DEFAULT_BASE_URL } from "./claude/client.ts";
import { messagesServer } from "./claude/messages-chat.ts";
import { openCommand } from "./command/open.ts";
import { presetOf } from "./command/presets/presets.ts";
import { completionsAccess, OPENAI_URL } from "./completions/access.ts";
import { completionsServer } from "./completions/completions-chat.ts";
import { type ModelConfig, openModel } from "./conversation/open.ts";
import { openRecorded } from "./conversation/open-recorded.ts";
import { parseRecording, Recording, transcriptsOf } from "./conversation/recording/recording.ts";
import type { ModelServer } from "./conversation/request/chat.ts";
import { modelAccess } from "./gateway/access.ts";
import type { AgentHost, OpenAgent } from "./host.ts";
import { ModelShares } from "./model-shares.ts";
import { parseReplay } from "./replay/file.ts";
import { Replay } from "./replay/replay.ts";
import { Tuner } from "./tuner/tuner.ts";

export type AgentConfig = Config["agent"];
type ReplayConfig = Extract<AgentConfig, { readonly kind: "replay" }>;
type Environment = Readonly<Record<string, string | undefined>>;

const MAX_RECORDING_BYTES = 256 * 1024 ** 2;

/**
 * The agent that loopty.yaml asks for. It is checked now, and opened once the run is there. Throws `UserError` where it
 * cannot be had.
 */
export async function chooseAgent(config: Config, env: Environment): Promise<OpenAgent> {
  const { agent, search } = config;
  switch (agent.kind) {
    case "tuner":
      return async () => new Tuner(agent.parameters, search.seed);
    case "replay":
      return chooseReplay(config, agent);
    case "command": {
      const chosen = presetOf(agent.command);
      const access = modelAccess(chosen.protocol, env);
      return async (host) => openCommand(host, config, agent, chosen, access);
    }
    case "claude": {
      const access = apiAccess(env, agent.headers);
      return openModels(config, agent, (model) => messagesServer(access, { ...agent, model }));
    }
    case "api": {
      const access = completionsAccess(agent.baseUrl, env);
      const usual = access.baseUrl === OPENAI_URL ? "max_completion_tokens" : "max_tokens";
      const { effort, outputLimit } = agent;
      const options = { effort, limitName: outputLimit ?? usual };
      return openModels(config, agent, (model) => completionsServer(access, { ...options, model }));
    }
  }
}

/** One model, or several that share the experiments. */
function openModels(
  config: Config,
  agent: ModelConfig,
  serverOf: (model: string) => ModelServer,
): OpenAgent {
  const { models } = agent;
  const open = (host: AgentHost, model: string) =>
    openModel(host, config, { ...agent, model }, serverOf(model));
  if (models === undefined) return async (host) => open(host, agent.model).agent;
  return async (host) =>
    new ModelShares(
      Object.entries(models).map(([name, share]) => ({ share, ...open(host, name) })),
      config.search.seed,
    );
}

/**
 * The first run that agents of this run do not hear of. A replay hears of what its recording did; a file's recording
 * was its project's first run.
 */
export function firstUntoldRun(agent: AgentConfig, run: number): number {
  if (agent.kind !== "replay") return run;
  return agent.from.kind === "run" ? Math.min(agent.from.run, run) : 1;
}

async function chooseReplay(config: Config, { from, repairs }: ReplayConfig): Promise<OpenAgent> {
  if (from.kind === "run") {
    return async (host) => {
      const transcripts = await transcriptsOf(await host.transcripts.ofRun(from.run));
      const recording = new Recording(transcripts, `run ${from.run}`);
      return openRecorded(host, config, recording, repairs);
    };
  }
  const text = await readSource(from.path);
  const name = basename(from.path);
  if (from.kind === "edits") {
    const edits = parseReplay(text, name);
    return async () => new Replay(edits, repairs);
  }
  const recording = parseRecording(text, name);
  return async (host) => openRecorded(host, config, recording, repairs);
}

function apiAccess(env: Environment, headers: ApiAccess["headers"] | null): ApiAccess {
  const apiKey = env.ANTHROPIC_API_KEY;
  if (!apiKey) {
    throw new MissingKeyError("agent.kind claude needs an API key", {
      hint: "export ANTHROPIC_API_KEY=...; the agents tuner and replay need none",
    });
  }
  const baseUrl = env.ANTHROPIC_BASE_URL || DEFAULT_BASE_URL;
  // Compatible servers mostly know only the older pair of headers.
  const usual = baseUrl === DEFAULT_BASE_URL ? "bearer" : "x-api-key";
  return { apiKey, baseUrl, headers: headers ?? usual };
}

async function readSource(path: string): Promise<string> {
  const bytes = await readPlainFile(path, MAX_RECORDING_BYTES).catch((cause: unknown) => {
    throw new UserError(`agent.from: cannot read ${path}: ${messageOf(cause)}`, { cause });
  });
  return bytes.toString("utf8");
}
