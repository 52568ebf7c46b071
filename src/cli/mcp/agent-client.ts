import { join } from "node:path";

/** Agents whose configuration `loopty mcp --install` knows. */
export const AGENT_CLIENTS = ["claude", "codex", "cursor", "vscode", "opencode"] as const;
export type AgentClient = (typeof AGENT_CLIENTS)[number];

/** Where an agent looks for its servers, and in which words. */
export interface ClientConfig {
  /** For this project where the agent has a file for that, else for the user. */
  readonly file: string;
  readonly format: "json" | "toml";
  /** The keys to the entry. */
  readonly path: readonly string[];
  readonly entry: Readonly<Record<string, unknown>>;
}

const STDIO = { command: "loopty", args: ["mcp"] };

export function clientConfig(client: AgentClient, project: string, home: string): ClientConfig {
  switch (client) {
    case "claude":
      return json(join(project, ".mcp.json"), "mcpServers", { type: "stdio", ...STDIO });
    case "cursor":
      return json(join(project, ".cursor", "mcp.json"), "mcpServers", STDIO);
    case "vscode":
      return json(join(project, ".vscode", "mcp.json"), "servers", { type: "stdio", ...STDIO });
    case "opencode":
      return json(join(project, "opencode.json"), "mcp", {
        type: "local",
        command: ["loopty", "mcp"],
        enabled: true,
      });
    case "codex":
      return {
        file: join(home, ".codex", "config.toml"),
        format: "toml",
        path: ["mcp_servers", "loopty"],
        // Codex gives up on a call after a minute.
        entry: { ...STDIO, tool_timeout_sec: 60 },
      };
  }
}

function json(file: string, key: string, entry: Readonly<Record<string, unknown>>): ClientConfig {
  return { file, format: "json", path: [key, "loopty"], entry };
}

/**
 * The text of the client's file with the entry in it; `null` where it is there already. Everything else stays. Throws
 * `TypeError` for a file of another shape.
 */
export function withEntry(config: ClientConfig, before: string | null): string | null {
  return config.format === "json" ? jsonWith(config, before) : tomlWith(config, before ?? "");
}

function jsonWith({ path: [key = "", name = ""], entry }: ClientConfig, before: string | null) {
  const whole = objectOf(before === null || before.trim() === "" ? {} : JSON.parse(before));
  const servers = objectOf(whole[key] ?? {});
  if (JSON.stringify(servers[name]) === JSON.stringify(entry)) return null;
  return `${JSON.stringify({ ...whole, [key]: { ...servers, [name]: entry } }, null, 2)}\n`;
}

/** A table of its own at the end: TOML allows it, and no line of the user's is touched. */
function tomlWith({ path, entry }: ClientConfig, before: string): string | null {
  const header = `[${path.join(".")}]`;
  if (before.split("\n").some((line) => line.trim() === header)) return null;
  const lines = Object.entries(entry).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const gap = before === "" ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  return `${before}${gap}${[header, ...lines].join("\n")}\n`;
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new TypeError("it is no object");
}
