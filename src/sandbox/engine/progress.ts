import type Docker from "dockerode";
import { z } from "zod";

/** One line of what an engine tells of a build or a pull. */
const progressSchema = z.object({
  /** What a step of the classic builder printed. */
  stream: z.string().optional(),
  /** Deprecated for the detail, and leaves with API 1.53. */
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
  id: z.string().optional(),
  aux: z.unknown().optional(),
});

export type EngineProgress = Readonly<z.infer<typeof progressSchema>>;

/** Reads an engine's progress to its end. Returns the failure that it reports, or `null`. */
export function followProgress(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onProgress: (progress: EngineProgress) => void,
): Promise<string | null> {
  return new Promise((resolve, reject) => {
    let failure: string | null = null;
    docker.modem.followProgress(
      stream,
      (error: Error | null) =>
        error === null || failure !== null ? resolve(failure) : reject(error),
      (event: unknown) => {
        const progress = progressSchema.safeParse(event);
        if (!progress.success) return;
        failure = progress.data.errorDetail?.message ?? progress.data.error ?? failure;
        onProgress(progress.data);
      },
    );
  });
}
