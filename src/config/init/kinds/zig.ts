import { zigFromPython } from "./dockerfile.ts";
import type { ProjectFiles, Recognised } from "./recognised.ts";

export async function zig({ names }: ProjectFiles): Promise<Recognised | null> {
  if (!names.includes("build.zig")) return null;
  return {
    recognisedBy: "build.zig",
    image: null,
    dockerfile: zigFromPython(),
    setup: null,
    build: "zig build -Doptimize=ReleaseFast",
    verify: "zig build test",
    benchmark: null,
  };
}
