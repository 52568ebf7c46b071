import type { KnownCommand } from "../preset.ts";

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  mcpServers: {
    loopty: {
      httpUrl: "$URL/mcp",
      headers: { Authorization: "Bearer $TOKEN" },
      // A build takes as long as loopty lets it.
      timeout: 86_400_000,
      trust: true,
    },
  },
  general: { disableAutoUpdate: true, enableAutoUpdate: false },
};

/** Google's Gemini CLI. */
export const gemini: KnownCommand = {
  version: "0.61.0",
  preset: (version) => ({
    packages: { specs: [`@google/gemini-cli@${version}`], programs: {} },
    protocol: "gemini",
    run: [
      "/opt/loopty/agent/bin/node",
      "/opt/loopty/agent/node_modules/@google/gemini-cli/bundle/gemini.js",
      ...["--skip-trust", "-p", "$PROMPT", "--output-format", "stream-json"],
      ...["--approval-mode", "yolo", "--model", "$MODEL"],
    ],
    // Its --resume tells the model every result of a tool twice.
    session: null,
    env: { GOOGLE_GEMINI_BASE_URL: "$URL", GEMINI_API_KEY: "$TOKEN" },
    files: { ".gemini/settings.json": JSON.stringify(SETTINGS) },
    output: "gemini",
  }),
};
