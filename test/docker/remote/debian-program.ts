import { existsSync } from "node:fs";

/** The path of a program that comes with a package of Debian's. The long tests never skip. */
export function debianProgram(path: string, packageName: string): string {
  if (existsSync(path)) return path;
  throw new Error(`${path} is missing: apt-get install --no-install-recommends ${packageName}`);
}
