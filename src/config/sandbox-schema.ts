import { z } from "zod";
import { count, size, text } from "./field.ts";

/** What the base image starts from: the Dockerfile that comes with loopty, the user's, or an image. */
export type BaseSource =
  | { readonly kind: "packaged" }
  | { readonly kind: "dockerfile"; readonly path: string }
  | { readonly kind: "image"; readonly ref: string };

const MIB = 1024 ** 2;
const IMAGE = /^[a-z0-9][\w.\-/:@]*$/i;
const CPUSET = /^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/;

const cpuset = () =>
  z
    .union([z.string(), z.int().nonnegative()], { error: "must be a cpuset such as 0 or 0-3,5" })
    .transform(String)
    .refine(isCpuset, { error: "must be a cpuset such as 0 or 0-3,5" })
    .optional()
    .meta({ quantity: "cpuset" });

export const sandboxSchema = z
  .strictObject({
    dockerfile: text()
      .optional()
      .describe(
        "builds the base image; relative to loopty.yaml. Without it and `image`: the Debian image with C, C++, Python and Node that comes with loopty",
      ),
    image: z
      .string()
      .regex(IMAGE, { error: "must be an image reference such as debian:12 or name@sha256:..." })
      .optional()
      .describe("an existing image as the base, instead of `dockerfile`"),
    setup: text()
      .optional()
      .describe(
        "run once as root, with network, before any agent code exists (installs dependencies)",
      ),
    network: z
      .enum(["none", "open"])
      .default("none")
      .describe("network of the containers that may run agent code; `open` is shown as a warning"),
    memory: size({ min: 6 * MIB, what: "a size of at least 6m such as 512m or 2g" })
      .prefault("2g")
      .describe("memory of one container, swap included"),
    pids: count().prefault(512).describe("processes and threads of one container"),
    disk: size().prefault("2g").describe("what one container may write, and its largest file"),
    agent_cpus: cpuset().describe("CPUs of the agent's container; found by itself when left out"),
    measure_cpus: cpuset().describe("CPUs of measuring containers; found by itself when left out"),
    runtime: text()
      .optional()
      .describe("the engine's OCI runtime, such as runc or runsc; default the engine's"),
  })
  .refine(({ dockerfile, image }) => dockerfile === undefined || image === undefined, {
    error: "has both dockerfile and image; keep one",
  })
  .transform((sandbox) => ({
    base: baseSource(sandbox.dockerfile, sandbox.image),
    setup: sandbox.setup ?? null,
    network: sandbox.network,
    memoryBytes: sandbox.memory,
    pids: sandbox.pids,
    diskBytes: sandbox.disk,
    agentCpus: sandbox.agent_cpus ?? null,
    measureCpus: sandbox.measure_cpus ?? null,
    runtime: sandbox.runtime ?? null,
  }));

function baseSource(dockerfile: string | undefined, image: string | undefined): BaseSource {
  if (dockerfile !== undefined) return { kind: "dockerfile", path: dockerfile };
  if (image !== undefined) return { kind: "image", ref: image };
  return { kind: "packaged" };
}

function isCpuset(cpus: string): boolean {
  return (
    CPUSET.test(cpus) &&
    cpus.split(",").every((part) => {
      const [first = "", last = first] = part.split("-");
      return Number(first) <= Number(last);
    })
  );
}
