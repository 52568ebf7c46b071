// Chromium, in which the page of the dashboard is tested. Nothing else needs one: people have their own.

import { existsSync } from "node:fs";
import { canInstall, installPackages, readRelease } from "./debian.mjs";
import { SetupError } from "./setup-error.mjs";

/** Where Debian's package has it; the tests look here too. */
const DEBIANS = "/usr/bin/chromium";

/** The usual font of desktops, wider than Debian's own: the page's labels are tested in both. */
const NOTO = "/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf";

/** @param {string} chromium @param {string} font */
export function whatIsMissing(chromium, font) {
  if (!existsSync(chromium)) return "there is no Chromium to test the page in";
  return existsSync(font) ? undefined : "there is no Noto Sans to test the page in";
}

/** @type {import("./step.mjs").Step} */
export const browser = {
  name: "browser",

  async whyNeeded({ env: { CHROMIUM } }) {
    if (CHROMIUM === undefined) return whatIsMissing(DEBIANS, NOTO);
    return existsSync(CHROMIUM) ? undefined : `CHROMIUM names ${CHROMIUM}, which is not there`;
  },

  async run(context) {
    const hint =
      "Install Chromium or Chrome and name it in CHROMIUM, such as CHROMIUM=/usr/bin/google-chrome. " +
      "Only `npm test` needs it.";
    if (context.env.CHROMIUM !== undefined) {
      throw new SetupError("set-up installs no browser in place of the one that was named", hint);
    }
    if (existsSync(DEBIANS) && !canInstall()) {
      context.say(
        "the page is tested without Noto Sans: only root can install it (fonts-noto-core)",
      );
      return;
    }
    // Ubuntu's package only fetches a snap, for which build servers have no service.
    if (!canInstall() || readRelease().id !== "debian") {
      throw new SetupError("set-up installs Chromium only as root on Debian", hint);
    }
    await installPackages(["chromium", "fonts-dejavu-core", "fonts-noto-core"], context);
  },
};
