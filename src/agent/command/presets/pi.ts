import type { KnownCommand } from "../preset.ts";

const MODELS = {
  providers: {
    loopty: {
      baseUrl: "$URL/v1",
      api: "openai-completions",
      apiKey: "$TOKEN",
      models: [{ id: "$MODEL" }],
    },
  },
};

const MCP = {
  mcpServers: {
    loopty: {
      url: "$URL/mcp",
      headers: { Authorization: "Bearer $TOKEN" },
      // As its own tools, not by scripts.
      exposure: "direct",
      // In seconds. A build takes as long as loopty lets it.
      timeout: 86_400,
    },
  },
};

const RUN = [
  "/opt/loopty/agent/bin/node",
  "/opt/loopty/agent/node_modules/@earendil-works/pi-coding-agent/dist/cli.js",
  ...["--provider", "loopty", "--model", "$MODEL", "--mode", "json"],
];

/** pi, for any model behind Chat Completions. */
export const pi: KnownCommand = {
  version: "1.6.0",
  preset: (version) => ({
    packages: { specs: [`@earendil-works/pi-coding-agent@${version}`], programs: {} },
    protocol: "openai-chat",
    run: [...RUN, "$PROMPT"],
    session: { resume: [...RUN, "--continue", "$PROMPT"], folder: ".pi/agent/sessions" },
    env: { PI_OFFLINE: "1", PI_TELEMETRY: "0" },
    files: {
      ".pi/agent/models.json": JSON.stringify(MODELS),
      ".pi/agent/mcp.json": JSON.stringify(MCP),
    },
    output: "pi",
  }),
};
