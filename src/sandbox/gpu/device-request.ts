import type { HostConfig } from "dockerode";

/** A name of the Container Device Interface: `vendor.com/class=name`. */
const CDI = /^[\w.-]+\/[\w.-]+=[\w.:-]+$/;

export function isCdiName(gpu: string): boolean {
  return CDI.test(gpu);
}

/**
 * What asks an engine for these GPUs (`DeviceRequest` of https://docs.docker.com/reference/api/engine/version/v1.41/). A name of CDI goes to the
 * driver `cdi` (Docker 25, Podman 5), a number or UUID to NVIDIA's, as `docker run --gpus` asks it.
 */
export function deviceRequests(gpus: readonly string[]): NonNullable<HostConfig["DeviceRequests"]> {
  const [cdi, numbered] = [
    gpus.filter((gpu) => isCdiName(gpu)),
    gpus.filter((gpu) => !isCdiName(gpu)),
  ];
  return [
    ...(cdi.length === 0 ? [] : [{ Driver: "cdi", DeviceIDs: cdi }]),
    ...(numbered.length === 0
      ? []
      : [{ Driver: "nvidia", DeviceIDs: numbered, Capabilities: [["gpu", "compute", "utility"]] }]),
  ];
}
