// The engines that the suites run against: each from a Debian release's own packages, on a root file system of its own.

/**
 * @typedef {object} EngineSpec
 * @property {string} name
 * @property {string} suite the Debian release that its packages come from
 * @property {readonly string[]} packages
 * @property {"docker" | "podman"} kind
 * @property {boolean} rootless
 * @property {"graphdriver" | "containerd"} [imageStore] of Docker
 */

const DOCKER = ["docker.io", "iptables"];
const PODMAN = ["podman", "runc", "catatonit", "netavark", "aardvark-dns", "fuse-overlayfs"];
const ROOTLESS = ["uidmap", "passt", "slirp4netns", "fuse-overlayfs"];

/** @type {readonly EngineSpec[]} */
export const ENGINES = [
  docker("docker-20.10", "bookworm", "graphdriver"),
  docker("docker-26.1", "trixie", "graphdriver"),
  docker("docker-26.1-containerd", "trixie", "containerd"),
  docker("docker-newest", "sid", "containerd"),
  { ...podman("podman", "trixie"), rootless: false },
  { ...podman("podman-rootless", "trixie"), rootless: true },
];

/**
 * @param {string} name
 * @param {string} suite
 * @param {"graphdriver" | "containerd"} imageStore
 * @returns {EngineSpec}
 */
function docker(name, suite, imageStore) {
  return { name, suite, packages: DOCKER, kind: "docker", rootless: false, imageStore };
}

/**
 * @param {string} name
 * @param {string} suite
 * @returns {EngineSpec}
 */
function podman(name, suite) {
  return { name, suite, packages: [...PODMAN, ...ROOTLESS], kind: "podman", rootless: true };
}
