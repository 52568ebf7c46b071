import type { ProjectFiles, Recognised } from "./recognised.ts";

export async function dotnet({ paths }: ProjectFiles): Promise<Recognised | null> {
  const project = paths.find((path) => /\.(?:cs|fs|vb)proj$/.test(path));
  // A solution may as well hold projects in C++.
  if (project === undefined) return null;
  const found = paths.find((path) => /\.slnx?$/.test(path)) ?? project;
  const [, name = ""] = /([^/]+)\.[^.]+$/.exec(found) ?? [];
  return {
    recognisedBy: found,
    name,
    image: "mcr.microsoft.com/dotnet/sdk:9.0",
    setup: "dotnet restore",
    build: "dotnet build -c Release --no-restore",
    verify: "dotnet test -c Release --no-build",
    benchmark: null,
  };
}
