// An engine beside this machine's own: its processes, network, mounts and root file system are others, and it keeps its
// images in a folder of its own. The two share the kernel, and so its control groups. Only for root on Linux.

import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withSbin } from "../setup/debian.mjs";
import { findEngineAddress } from "../setup/engine-address.mjs";
import { whyNoAnswer } from "../setup/engine-request.mjs";
import { SetupError } from "../setup/setup-error.mjs";

const START_MS = 120_000;
const STOP_MS = 30_000;
const USER = "1000";

/** See https://github.com/cncf-tags/container-device-interface/blob/main/SPEC.md. */
const PLAIN_DEVICE = {
  cdiVersion: "0.5.0",
  kind: "loopty.test/gpu",
  devices: [
    {
      name: "0",
      containerEdits: {
        mounts: [
          {
            hostPath: "/etc/cdi/loopty.json",
            containerPath: "/plain-gpu",
            options: ["ro", "bind"],
          },
        ],
      },
    },
  ],
};

/**
 * In new namespaces: the root file system becomes `/`, not by chroot, in which nobody may make a user namespace. The
 * first process of a namespace has to reap what others leave.
 */
const INSIDE = `
set -e
root=$1 data=$2
shift 2
ulimit -n "$(cat /proc/sys/fs/nr_open)" || true
mount --make-rprivate /
mount --bind "$root" "$root"
ip link set lo up
# Without a route out, some networks of containers do not start. This one leads nowhere.
ip link add out type veth peer name nowhere
ip addr add 192.0.2.2/24 dev out
ip link set nowhere up
ip link set out up
ip route add default via 192.0.2.1
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root$data" "$root/mnt"
mount --bind "$data" "$root$data"
cd "$root"
pivot_root . mnt
cd /
umount -l /mnt
grep -q '^loopty:' /etc/passwd || {
  useradd --uid ${USER} --home-dir "$data/home" loopty
  echo loopty:100000:65536 > /etc/subuid
  echo loopty:100000:65536 > /etc/subgid
}
# A device that is a plain file, for what asks for a GPU by the Container Device Interface.
mkdir -p /etc/cdi
echo '${JSON.stringify(PLAIN_DEVICE)}' > /etc/cdi/loopty.json
# Podman asks for more open files and processes in a build than a machine may give to anybody.
mkdir -p /etc/containers/containers.conf.d
files=$(ulimit -n) processes=$(awk '/^Max processes/ { print $4 == "unlimited" ? -1 : $4 }' /proc/self/limits)
cat > /etc/containers/containers.conf.d/loopty.conf <<limits
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=$processes:$processes"]
limits
mkdir -p /run/user/${USER} "$data/home"
chown ${USER}:${USER} /run/user/${USER} "$data" "$data/home"
"$@" &
engine=$!
trap 'kill -TERM $engine' TERM INT
while kill -0 $engine 2>/dev/null; do wait $engine || true; done
`;

export class IsolatedEngine {
  #spec;
  #data;

  /**
   * @param {import("./engine-list.mjs").EngineSpec} spec
   * @param {string} folder where all engines keep what they have
   */
  constructor(spec, folder) {
    this.#spec = spec;
    this.#data = join(folder, spec.name);
  }

  get name() {
    return this.#spec.name;
  }

  get host() {
    return `unix://${this.#socket}`;
  }

  get #socket() {
    return join(this.#data, "engine.sock");
  }

  get #pidFile() {
    return join(this.#data, "unshare.pid");
  }

  get #log() {
    return join(this.#data, "engine.log");
  }

  /** Resolves when it answers. One that runs already is left as it is. @param {string} root */
  async start(root) {
    if (!(await this.#whySilent())) return;
    await this.stop();
    mkdirSync(this.#data, { recursive: true });
    rmSync(this.#socket, { force: true });
    const log = openSync(this.#log, "w");
    const namespaces = ["--net", "--mount", "--pid", "--fork", "--kill-child=SIGTERM"];
    const inside = ["sh", "-c", INSIDE, "sh", root, this.#data, ...this.#command()];
    const child = spawn("unshare", [...namespaces, ...inside], {
      cwd: "/",
      detached: true,
      // Nothing gets out of there, and a firewall needs more than every kernel has.
      env: withSbin({ HOME: "/root", NETAVARK_FW: "none" }),
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    writeFileSync(this.#pidFile, String(child.pid));
    let ended = false;
    child.on("exit", () => {
      ended = true;
    });
    child.unref();
    for (const deadline = Date.now() + START_MS; await this.#whySilent(); await sleep(200)) {
      if (!ended && Date.now() < deadline) continue;
      await this.stop();
      throw new SetupError(`${this.name} does not start:\n${this.#lastWords()}`, this.#log);
    }
  }

  async stop() {
    const running = () => firstProcess(this.#pidFile, this.#data);
    const first = running();
    if (first !== null) process.kill(first, "SIGTERM");
    for (const deadline = Date.now() + STOP_MS; running() !== null; await sleep(100)) {
      // All others of the namespace go with its first.
      if (first !== null && Date.now() > deadline) process.kill(first, "SIGKILL");
    }
    rmSync(this.#pidFile, { force: true });
  }

  /** @returns {string[]} */
  #command() {
    const data = this.#data;
    if (this.#spec.kind === "podman") {
      const own = this.#spec.rootless
        ? []
        : ["--root", `${data}/images`, "--runroot", "/run/podman"];
      const command = [
        // crun refuses control groups of version 1 beside version 2.
        ...["podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs", ...own],
        ...["system", "service", "--time=0", this.host],
      ];
      return this.#spec.rootless ? [...asUser(`${data}/home`), ...command] : command;
    }
    const containerd = this.#spec.imageStore === "containerd";
    const config = join(data, "daemon.json");
    writeFileSync(
      config,
      JSON.stringify({ features: { "containerd-snapshotter": containerd, cdi: true } }),
    );
    return [
      ...["dockerd", "--config-file", config, "--data-root", `${data}/images`],
      ...["--exec-root", "/run/docker", "--pidfile", "/run/docker.pid", "--host", this.host],
    ];
  }

  #whySilent() {
    return whyNoAnswer(findEngineAddress({ DOCKER_HOST: this.host }, "/nowhere"));
  }

  #lastWords() {
    return readFileSync(this.#log, "utf8").trimEnd().split("\n").slice(-12).join("\n");
  }
}

/** @param {string} home */
function asUser(home) {
  const env = [
    `HOME=${home}`,
    `XDG_RUNTIME_DIR=/run/user/${USER}`,
    "PATH=/usr/bin:/usr/sbin",
    "NETAVARK_FW=none",
  ];
  return ["setpriv", `--reuid=${USER}`, `--regid=${USER}`, "--clear-groups", "env", "-i", ...env];
}

/**
 * The first process of the namespaces that `unshare` made and waits for; `null` when they are gone.
 *
 * @param {string} file with the pid of `unshare`
 * @param {string} mark what its command line has
 */
function firstProcess(file, mark) {
  try {
    const pid = Number(readFileSync(file, "utf8"));
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    if (!command.startsWith("unshare\0") || !command.includes(`\0${mark}\0`)) return null;
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return child ? Number(child) : null;
  } catch {
    return null;
  }
}
