import type { ProjectFiles, Recognised } from "./recognised.ts";

export async function dotnet({ paths }: ProjectFiles): Promise<Recognised | null> {
  const found = paths.find((path) => /\.(?:sln|slnx|csproj|fsproj)$/.test(path));
  if (found === undefined) return null;
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
