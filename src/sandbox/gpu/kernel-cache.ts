import type { Container } from "dockerode";
import { packArchive } from "../container/archive.ts";

const FOLDER = "loopty/kernels";
const FOLDERS = [
  { path: "loopty", content: "folder", mode: 0o755, uid: 0 },
  { path: FOLDER, content: "folder", mode: 0o1777, uid: 0 },
] as const;
const FOLDER_TIME = new Date("2001-09-09T01:46:40Z");
const VARIABLES = [
  `CUDA_CACHE_PATH=/${FOLDER}/cuda`,
  `TRITON_CACHE_DIR=/${FOLDER}/triton`,
  `TORCHINDUCTOR_CACHE_DIR=/${FOLDER}/inductor`,
];

type OnGpu = { readonly gpu?: string | undefined };

export function gpusOf({ gpu }: OnGpu): readonly string[] {
  return gpu === undefined ? [] : [gpu];
}

/** The variables by which compilers of a GPU's code find their cache. */
export function kernelCacheVariables(gpu: string | undefined): readonly string[] {
  return gpu === undefined ? [] : VARIABLES;
}

/**
 * Makes the folder where these compilers keep what they made. It stays in the image that a node's build makes: its benchmark finds what its
 * own build compiled, and nothing of another node.
 */
export async function putKernelCache(container: Container, gpu: string | undefined): Promise<void> {
  if (gpu === undefined) return;
  await container.putArchive(packArchive(FOLDERS, FOLDER_TIME), { path: "/" });
}
