import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const connectionsSchema = z.object({
  Connection: z.object({
    Default: z.string(),
    Connections: z.record(z.string(), z.object({ URI: z.string() })),
  }),
});

/**
 * The address that `podman --remote` would take: that of the default connection (`podman system connection`), then the
 * user's socket, then root's. Returns `null` where there is none of them.
 */
export function findPodman(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  exists: (path: string) => boolean,
): string | null {
  const folder = env.XDG_CONFIG_HOME || join(home, ".config");
  const connection = defaultConnection(join(folder, "containers", "podman-connections.json"));
  if (connection !== null) return connection;
  const runtime = env.XDG_RUNTIME_DIR;
  const sockets = [...(runtime ? [join(runtime, "podman/podman.sock")] : []), ROOTS_SOCKET];
  const found = sockets.find(exists);
  return found === undefined ? null : `unix://${found}`;
}

const ROOTS_SOCKET = "/run/podman/podman.sock";

function defaultConnection(file: string): string | null {
  try {
    const { Connection } = connectionsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
    return Connection.Connections[Connection.Default]?.URI ?? null;
  } catch {
    return null;
  }
}
