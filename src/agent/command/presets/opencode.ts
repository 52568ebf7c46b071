import type { KnownCommand } from "../preset.ts";

const CONFIG = {
  provider: {
    loopty: {
      npm: "@ai-sdk/openai-compatible",
      options: { baseURL: "$URL/v1", apiKey: "$TOKEN" },
      models: { $MODEL: {} },
    },
  },
  model: "loopty/$MODEL",
  small_model: "loopty/$MODEL",
  mcp: {
    loopty: {
      type: "remote",
      url: "$URL/mcp",
      headers: { Authorization: "Bearer $TOKEN" },
      oauth: false,
      enabled: true,
      // A build takes as long as loopty lets it.
      timeout: 86_400_000,
    },
  },
  permission: "allow",
  autoupdate: false,
  share: "disabled",
};

const RUN = ["/opt/loopty/agent/bin/opencode", "run", "--format", "json"];

/** opencode, for any model behind Chat Completions. Its platform package is a program without dependencies. */
export const opencode: KnownCommand = {
  version: "1.18.33",
  preset: (version) => ({
    packages: {
      specs: [`opencode-linux-$CPU@${version}`],
      programs: { opencode: "opencode-linux-$CPU/bin/opencode" },
    },
    protocol: "openai-chat",
    run: [...RUN, "$PROMPT"],
    session: { resume: [...RUN, "--continue", "$PROMPT"], folder: ".local/share/opencode" },
    env: {
      OPENCODE_CONFIG_CONTENT: JSON.stringify(CONFIG),
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
    },
    files: {},
    output: "opencode",
  }),
};
