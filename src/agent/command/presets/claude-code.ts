import { HOME } from "../equipment.ts";
import type { KnownCommand } from "../preset.ts";

const MCP_FILE = ".loopty-mcp.json";
const MCP = {
  mcpServers: {
    loopty: {
      type: "http",
      url: "$URL/mcp",
      headers: { Authorization: "Bearer $TOKEN" },
    },
  },
};

const RUN = [
  "/opt/loopty/agent/bin/claude",
  ...["-p", "$PROMPT", "--bare", "--model", "$MODEL"],
  ...["--output-format", "stream-json", "--verbose"],
  ...["--permission-mode", "bypassPermissions", "--strict-mcp-config"],
  ...["--mcp-config", `${HOME}/${MCP_FILE}`],
];

/** Claude Code, tried at `version`. Its platform package is a program without dependencies. */
export const claudeCode: KnownCommand = {
  version: "2.1.332",
  preset: (version) => ({
    packages: {
      specs: [`@anthropic-ai/claude-code-linux-$CPU@${version}`],
      programs: { claude: "@anthropic-ai/claude-code-linux-$CPU/claude" },
    },
    protocol: "anthropic",
    run: RUN,
    session: { resume: [...RUN, "--continue"], folder: ".claude/projects" },
    env: {
      ANTHROPIC_BASE_URL: "$URL",
      ANTHROPIC_AUTH_TOKEN: "$TOKEN",
      // The model for small tasks would be another one.
      ANTHROPIC_MODEL: "$MODEL",
      ANTHROPIC_SMALL_FAST_MODEL: "$MODEL",
      ANTHROPIC_DEFAULT_HAIKU_MODEL: "$MODEL",
      ANTHROPIC_DEFAULT_SONNET_MODEL: "$MODEL",
      ANTHROPIC_DEFAULT_OPUS_MODEL: "$MODEL",
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_ERROR_REPORTING: "1",
      DISABLE_TELEMETRY: "1",
      // A build takes as long as loopty lets it.
      MCP_TOOL_TIMEOUT: "86400000",
    },
    files: { [MCP_FILE]: JSON.stringify(MCP) },
    output: "claude-code",
  }),
};
