import { readFileSync } from "node:fs";

/** The version of this loopty. */
export function version(): string {
  const { version } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  return String(version);
}
