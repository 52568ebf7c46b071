import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserError } from "../../../src/core/error.ts";
import { parseId } from "../../../src/core/tree/id.ts";
import { lookAtGpu } from "../../../src/sandbox/gpu/gpu-probe.ts";
import { runJob } from "../../../src/sandbox/job.ts";
import { type Lab, openLab, signal } from "../lab.ts";

/** What `npm run engines` gives engines that know the Container Device Interface: a plain file. */
const PLAIN = "loopty.test/gpu=0";

describe("a GPU of the engine", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab({ files: { "a.c": "" }, access: { writable: ["a.c"] } });
  });
  afterAll(async () => lab?.[Symbol.asyncDispose]());

  const run = async (imageId: string, command: string) => {
    const job = { phase: "verify", node: parseId("1"), imageId, command, gpu: PLAIN } as const;
    const asked = { ...job, hidden: [], timeoutMs: 60_000 };
    return runJob(lab.sandbox, asked, () => {}, signal);
  };

  it.each(["0", "loopty.test/gpu=none"])(
    "that it does not have (%s) is refused in a sentence",
    async (gpu) => {
      const error = await lookAtGpu(lab.settings, lab.base.imageId, gpu, signal).catch(
        (thrown) => thrown,
      );
      expect(error).toBeInstanceOf(UserError);
      expect(error.message).toMatch(new RegExp(`^the engine gives no GPU ${gpu}: [^\n]*$`));
      expect(await lab.left()).toMatchObject({ containers: 0 });
    },
  );

  it("is in the container of a build and of verify, with a cache that only the build's image keeps", async (context) => {
    const found = await lookAtGpu(lab.settings, lab.base.imageId, PLAIN, signal).catch(() => null);
    context.skip(found === null, "the engine has no such device");
    expect(found?.facts).toMatchObject({ gpu: PLAIN, model: null });
    const command =
      "test -e /plain-gpu && mkdir -p $TRITON_CACHE_DIR && echo made > $TRITON_CACHE_DIR/k";
    const built = await lab.build(command, { gpu: PLAIN });
    if (built.kind !== "built") throw new Error(`${built.reason}\n${built.log}`);
    const seen = await run(
      built.imageId,
      "test -e /plain-gpu && cat $TRITON_CACHE_DIR/k; touch $CUDA_CACHE_PATH",
    );
    expect(seen.log.toString()).toBe("made\n");
    expect(seen.end).toMatchObject({ kind: "exited", exitCode: 0 });
    const before = await run(lab.snapshot.imageId, "ls -A /loopty/kernels | wc -l");
    expect(before.log.toString()).toBe("0\n");
  });
});
