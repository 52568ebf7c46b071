import { ownValue } from "../../core/own-value.ts";
import type { AgentPackages } from "../equipment.ts";
import type { ProtocolName } from "../gateway/protocols/names.ts";
import type { OutputKind } from "./output.ts";

/**
 * A command line as an agent, as data. In `run`, `env` and `files`, `$MODEL` stands for the model's name, `$URL` for
 * where loopty answers in the container, `$TOKEN` for what is shown there instead of a key, and in `run` also `$PROMPT` for
 * what the agent is told.
 */
export interface CommandPreset {
  readonly packages: AgentPackages | null;
  readonly protocol: ProtocolName;
  readonly run: readonly string[];
  /** `null` where every start begins anew. */
  readonly session: CommandSession | null;
  readonly env: Readonly<Record<string, string>>;
  /** Text by path in the agent's HOME. */
  readonly files: Readonly<Record<string, string>>;
  readonly output: OutputKind;
}

/** How a command line goes on with what it said before, in another container. */
interface CommandSession {
  /** As `run`: it goes on with the last session in HOME. */
  readonly resume: readonly string[];
  /** The folder in HOME that has the sessions. */
  readonly folder: string;
}

/** A command line that loopty knows, and the version that it was tried with. */
export interface KnownCommand {
  readonly version: string;
  readonly preset: (version: string) => CommandPreset;
}

/** What stands for `$NAME` in a preset's texts. */
export type Placeholders = Readonly<Record<"MODEL" | "URL" | "TOKEN" | "PROMPT", string>>;

/** Puts values in once: a `$NAME` in a value stays as it is. */
export function fillIn(text: string, values: Placeholders): string {
  return text.replace(/\$(MODEL|URL|TOKEN|PROMPT)\b/g, (whole, name: string) => {
    return ownValue<string>(values, name) ?? whole;
  });
}
