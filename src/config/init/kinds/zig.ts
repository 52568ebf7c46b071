import type { ProjectFiles, Recognised } from "./recognised.ts";

export async function zig({ names }: ProjectFiles): Promise<Recognised | null> {
  if (!names.includes("build.zig")) return null;
  return {
    recognisedBy: "build.zig",
    image: null,
    setup: "apt-get update && apt-get install -y --no-install-recommends zig",
    build: "zig build -Doptimize=ReleaseFast",
    verify: "zig build test",
    benchmark: null,
  };
}
