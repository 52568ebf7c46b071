import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Debian's package; `npm run setup` installs it there. Elsewhere any Chromium or Chrome will do. */
const DEBIANS = "/usr/bin/chromium";

export async function launchBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? DEBIANS;
  if (!existsSync(executablePath)) {
    throw new Error(`no Chromium at ${executablePath}: install one, or name it in CHROMIUM`);
  }
  // Chromium refuses to run as root with its own sandbox, and a small /dev/shm ends its tabs.
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
