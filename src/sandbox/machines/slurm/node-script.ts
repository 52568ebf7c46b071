import { shellQuote } from "../../../core/text/shell.ts";
import { ASKED_TO_END } from "./job-state.ts";

export interface NodeScriptRequest {
  readonly engine: "podman" | "docker";
  /** The harness process by which its containers are found. */
  readonly owner: string;
}

/** Without a sign of life of the harness for so long, a job ends by itself. */
const SILENT_SECONDS = 120;

/** The folder of a job, on its node's own disk. Every step of a job computes the same. */
const FOLDER = "$" + "{TMPDIR:-/tmp}/loopty-$SLURM_JOB_ID";

/**
 * The script of a job: an engine, until loopty gives the node back or falls silent. It needs a POSIX shell, `flock`, and
 * for connections python3, socat or the engine's own command.
 */
export function nodeScript({ engine, owner }: NodeScriptRequest): string {
  return `#!/bin/sh
# A container engine for loopty. It ends when loopty says so, or says nothing for ${SILENT_SECONDS} s.
# Started again after a requeue it would be a machine that nobody knows.
[ "$\{SLURM_RESTART_COUNT:-0}" = 0 ] || exit 1
umask 077
dir=${FOLDER}
owner=${shellQuote(owner)}
# Another's folder of that name is refused.
mkdir "$dir" || exit 1
exec 9>"$dir/lock"
flock 9

tell() {
  printf '%s\\t%s\\t%s\\n' "$1" "$2" "$3" > "$dir/ready.new"
  mv "$dir/ready.new" "$dir/ready"
}

${engine === "podman" ? PODMAN : DOCKER}
${RELAY}
# What jobs left that were killed: nobody has their lock any more.
for old in "$\{TMPDIR:-/tmp}"/loopty-*; do
  if [ -O "$old" ] && [ ! -L "$old" ] && [ -f "$old/lock" ] && [ "$old" != "$dir" ]; then
    flock --nonblock "$old/lock" true && remove "$old"
  fi
done

asked=
trap 'asked=yes; : > "$dir/end"' TERM INT
if start; then
  cpus=$(sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' /proc/self/status)
  tell ready "$dir" "$cpus"
else
  tell failed "$dir" "$why"
fi

silent=0
while [ ! -e "$dir/end" ] && [ "$silent" -lt ${SILENT_SECONDS} ]; do
  sleep 1 9>&- & wait $!
  if rm "$dir/alive" 2> /dev/null; then silent=0; else silent=$((silent + 1)); fi
  runs || break
done
: > "$dir/end"
trap '' TERM INT
finish
# The engine's connections end with their steps, which may still read there.
sleep 1 9>&-
remove "$dir"
[ -z "$asked" ] || exit ${ASKED_TO_END}
`;
}

/** An engine of the job's own, inside of its cgroup. Nothing of it is in the user's home, which may be on a network. */
const PODMAN = `engine=
mkdir "$dir/run"
export XDG_RUNTIME_DIR="$dir/run"
socket="$dir/engine.sock"
own_podman() {
  how=$1
  shift
  $how podman --root "$dir/images" --runroot "$dir/run/containers" --cgroup-manager cgroupfs "$@"
}
start() {
  own_podman exec system service --time=0 "unix://$socket" > "$dir/log" 2>&1 9>&- &
  engine=$!
  for tenth in $(seq 600); do
    [ -S "$socket" ] && return 0
    kill -0 "$engine" 2> /dev/null || break
    sleep 0.1
  done
  why="podman does not start: $(tail -n 1 "$dir/log")"
  engine=
  return 1
}
runs() { [ -z "$engine" ] || kill -0 "$engine" 2> /dev/null; }
finish() {
  own_podman command rm --all --force --time 0 > /dev/null 2>&1
  [ -z "$engine" ] || kill "$engine" 2> /dev/null
}
remove() {
  [ ! -e "$1/images" ] || podman unshare rm -rf -- "$1/images"
  rm -rf -- "$1"
}`;

/** The node's own engine, whose containers are outside of the job: they are removed by their owner. */
const DOCKER = `socket=/var/run/docker.sock
start() {
  [ -S "$socket" ] && [ -w "$socket" ] && return 0
  why="you may not use $socket on $(hostname)"
  return 1
}
runs() { :; }
own_docker() { docker --host "unix://$socket" "$@"; }
finish() {
  command -v docker > /dev/null || return 0
  own_docker ps --all --quiet --filter "label=loopty.owner=$owner" | xargs -r docker --host "unix://$socket" rm --force --volumes
  own_docker volume ls --quiet --filter "label=loopty.owner=$owner" | xargs -r docker --host "unix://$socket" volume rm --force
} > /dev/null 2>&1
remove() { rm -rf -- "$1"; }`;

/** What joins a step's streams with the engine's socket: \`dial\` in the job's folder, by whatever the node has. */
const RELAY = `cat > "$dir/relay.py" << 'END'
import os, socket, sys, threading
engine = socket.socket(socket.AF_UNIX)
engine.connect(sys.argv[1])
def send():
    while True:
        chunk = os.read(0, 65536)
        if not chunk:
            break
        engine.sendall(chunk)
    engine.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
while True:
    chunk = engine.recv(65536)
    if not chunk:
        break
    while chunk:
        chunk = chunk[os.write(1, chunk):]
END
if command -v python3 > /dev/null; then
  printf 'exec python3 "%s" "%s"\\n' "$dir/relay.py" "$socket"
elif command -v socat > /dev/null; then
  printf 'exec socat - "UNIX-CONNECT:%s"\\n' "$socket"
elif command -v docker > /dev/null; then
  printf 'exec docker --host "unix://%s" system dial-stdio\\n' "$socket"
else
  printf 'exec podman --remote --url "unix://%s" system dial-stdio\\n' "$socket"
fi > "$dir/dial"`;

/** How long the script of a job may take to say that its engine is there. */
const READY_SECONDS = 90;

/**
 * The keeper: a step that says where the engine is, then answers every line with one, which keeps the job alive. Where its
 * stdin ends, as it does when the harness is killed, the job ends.
 */
export const KEEPER = `dir=${FOLDER}
waited=0
until [ -e "$dir/ready" ]; do
  [ "$waited" -lt ${READY_SECONDS * 5} ] || exit 1
  waited=$((waited + 1))
  sleep 0.2
done
[ -O "$dir" ] || exit 1
cat "$dir/ready"
while read -r beat; do
  [ ! -e "$dir/end" ] || exit 0
  : > "$dir/alive"
  echo alive
done
[ ! -d "$dir" ] || : > "$dir/end"
`;
