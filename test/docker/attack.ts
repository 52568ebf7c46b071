import type { AgentSession } from "../../src/agent/session.ts";

// Each is a shell command on $1, which an agent may not change.
const WAYS = {
  append: 'echo x >> "$1"',
  redirect: 'echo x > "$1"',
  truncate: 'truncate -s 0 "$1"',
  remove: 'rm -rf "$1"',
  rename: 'mv "$1" "$1.moved"',
  "rename over": 'cp /etc/hostname "$1.new" && mv -f "$1.new" "$1"',
  "copy over": 'cp --remove-destination /etc/hostname "$1"',
  "link over": 'ln -sfn /etc/hostname "$1"',
  "hard link": 'ln "$1" "$1.hard"',
  "change mode": 'chmod 777 "$1"',
  "change owner": 'chown 10001 "$1"',
  "change time": 'touch -d 2020-01-01 "$1"',
  "edit in place": 'sed -i s/./x/ "$1"',
  "make a folder": 'mkdir "$1"',
  "open for writing": 'python3 -c "import os,sys; os.open(sys.argv[1], os.O_RDWR)" "$1"',
  unmount: 'umount "$1"',
  "mount over": 'mount --bind /tmp "$1"',
} as const;

/** Tries every way to change a path, and gives the ones that worked. */
export async function waysThatWork(session: AgentSession, path: string): Promise<string[]> {
  const tries = Object.entries(WAYS).map(
    ([name, command]) => `if ( ${command} ) >/dev/null 2>&1; then echo "${name}"; fi; rm -f "$1".*`,
  );
  const script = `set -- '${path}'\n${tries.join("\n")}`;
  const { output } = await session.run(script, 60_000);
  return output.split("\n").filter((line) => line !== "");
}

/** What `ls` and `cat` show of paths: `type mode uid "content"`. */
export async function shown(
  session: AgentSession,
  paths: readonly string[],
): Promise<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (const path of paths) {
    const command = `stat -c '%F %a %u' '${path}' && { [ -d '${path}' ] || cat '${path}'; }`;
    const { output } = await session.run(command, 60_000);
    facts[path] = output.trimEnd().replace("\n", ": ");
  }
  return facts;
}

/** The exit code and the last line that a command of the agent printed. */
export async function tried(
  session: AgentSession,
  command: string,
): Promise<[number | null, string]> {
  const { exitCode, output } = await session.run(command, 60_000);
  return [exitCode, output.trimEnd().split("\n").at(-1) ?? ""];
}
