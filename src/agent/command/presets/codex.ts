import type { KnownCommand } from "../preset.ts";

const CONFIG = `model_provider = "loopty"
check_for_update_on_startup = false
web_search = "disabled"

[model_providers.loopty]
name = "loopty"
base_url = "$URL/v1"
env_key = "LOOPTY_TOKEN"
wire_api = "responses"

# A build takes as long as loopty lets it.
[mcp_servers.loopty]
url = "$URL/mcp"
bearer_token_env_var = "LOOPTY_TOKEN"
startup_timeout_sec = 60
tool_timeout_sec = 86400

[analytics]
enabled = false
`;

const RUN = [
  "/bin/sh",
  "-c",
  'exec /opt/loopty/agent/node_modules/@openai/codex/vendor/*/bin/codex "$@"',
  "codex",
  ...["exec", "--json", "--skip-git-repo-check"],
  ...["--dangerously-bypass-approvals-and-sandbox", "-m", "$MODEL"],
];

/** OpenAI's Codex. Its platform packages are versions of its one package. */
export const codex: KnownCommand = {
  version: "0.171.0",
  preset: (version) => ({
    packages: { specs: [`@openai/codex@${version}-linux-$CPU`], programs: {} },
    protocol: "openai-responses",
    run: [...RUN, "$PROMPT"],
    session: { resume: [...RUN, "resume", "--last", "$PROMPT"], folder: ".codex/sessions" },
    // Without keys the built-in provider would be tried.
    env: { OPENAI_API_KEY: "$TOKEN", CODEX_API_KEY: "$TOKEN" },
    files: { ".codex/config.toml": CONFIG },
    output: "codex",
  }),
};
