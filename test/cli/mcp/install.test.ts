import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { mcpInstall } from "../../../src/cli/commands/preparing/mcp-install.ts";
import { AGENT_CLIENTS, type AgentClient } from "../../../src/cli/mcp/agent-client.ts";
import { scratchFolder } from "../../store/scratch.ts";
import { fakeWorld } from "../fake-world.ts";

function openWorld() {
  const home = scratchFolder();
  return fakeWorld(scratchFolder(), { home });
}

const FILES: Readonly<Record<AgentClient, readonly ["cwd" | "home", string, string]>> = {
  claude: [
    "cwd",
    ".mcp.json",
    '{"mcpServers":{"loopty":{"type":"stdio","command":"loopty","args":["mcp"]}}}',
  ],
  cursor: [
    "cwd",
    ".cursor/mcp.json",
    '{"mcpServers":{"loopty":{"command":"loopty","args":["mcp"]}}}',
  ],
  vscode: [
    "cwd",
    ".vscode/mcp.json",
    '{"servers":{"loopty":{"type":"stdio","command":"loopty","args":["mcp"]}}}',
  ],
  opencode: [
    "cwd",
    "opencode.json",
    '{"mcp":{"loopty":{"type":"local","command":["loopty","mcp"],"enabled":true}}}',
  ],
  codex: [
    "home",
    ".codex/config.toml",
    '[mcp_servers.loopty]\ncommand = "loopty"\nargs = ["mcp"]\ntool_timeout_sec = 60\n',
  ],
};

describe("loopty mcp --install", () => {
  it.each(AGENT_CLIENTS)("shows what %s needs, and writes it only when told to", async (client) => {
    const world = openWorld();
    const [place, name, text] = FILES[client];
    const file = join(world[place], name);
    await mcpInstall(world, { client, write: false });
    expect(world.stdout.text).toContain(`${file}:\n`);
    expect(() => readFileSync(file)).toThrow("ENOENT");
    await mcpInstall(world, { client, write: true });
    const written = readFileSync(file, "utf8");
    expect(client === "codex" ? written : JSON.stringify(JSON.parse(written))).toBe(text);
    await mcpInstall(world, { client, write: true });
    expect(world.stdout.text).toContain(`${file} names loopty already\n`);
    expect(readFileSync(file, "utf8")).toBe(written);
  });

  it("keeps what else is in the file", async () => {
    const world = openWorld();
    const file = join(world.cwd, ".mcp.json");
    writeFileSync(file, '{"mcpServers":{"other":{"command":"x"}},"more":1}');
    await mcpInstall(world, { client: "claude", write: true });
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      mcpServers: { other: { command: "x" }, loopty: {} },
      more: 1,
    });
    mkdirSync(join(world.home, ".codex"));
    const toml = join(world.home, ".codex/config.toml");
    writeFileSync(toml, 'model = "x"\n[mcp_servers.other]\ncommand = "y"');
    await mcpInstall(world, { client: "codex", write: true });
    expect(readFileSync(toml, "utf8")).toMatch(
      /^model = "x"\n\[mcp_servers.other\]\ncommand = "y"\n\n\[mcp_servers.loopty\]\n/,
    );
  });

  it("leaves a file alone that it does not understand, and says what to add", async () => {
    const world = openWorld();
    const file = join(world.cwd, ".mcp.json");
    writeFileSync(file, "{ // mine\n}");
    await expect(mcpInstall(world, { client: "claude", write: true })).rejects.toMatchObject({
      message: expect.stringContaining("cannot be understood"),
      hint: expect.stringContaining('"command":"loopty"'),
    });
    expect(readFileSync(file, "utf8")).toBe("{ // mine\n}");
  });
});
