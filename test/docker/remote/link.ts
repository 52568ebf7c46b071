import { execFileSync, spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import type { SecondEngine } from "../second-engine.ts";

/** A network of two: this machine and that of a second engine. */
export interface Link {
  readonly here: string;
  readonly there: string;
}

/** Addresses of a network that nothing else here uses. */
export function chooseLink(): Link {
  const network = `10.${randomInt(200, 250)}.${randomInt(1, 250)}`;
  return { here: `${network}.1`, there: `${network}.2` };
}

/** A cable between the two, which goes with the engine. No bridge is touched. */
export function connect(engine: SecondEngine, { here, there }: Link): void {
  const name = `lt${here.split(".").slice(1, 3).join("x")}`;
  const peer = `${name}p`;
  // What still runs of a machine that was killed keeps its end of the cable.
  spawnSync("ip", ["link", "delete", name]);
  run(["ip", "link", "add", name, "type", "veth", "peer", "name", peer]);
  run(["ip", "link", "set", peer, "netns", String(engine.pid)]);
  run(["ip", "addr", "add", `${here}/30`, "dev", name]);
  run(["ip", "link", "set", name, "up"]);
  run([...engine.inside, "ip", "addr", "add", `${there}/30`, "dev", peer]);
  run([...engine.inside, "ip", "link", "set", peer, "up"]);
}

function run([command = "", ...args]: readonly string[]): void {
  execFileSync(command, args);
}
