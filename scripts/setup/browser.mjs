// Chromium, in which the page of the dashboard is tested. Nothing else needs one: people have their own.

import { existsSync } from "node:fs";
import { canInstall, installPackages, readRelease } from "./debian.mjs";
import { SetupError } from "./setup-error.mjs";

/** Where Debian's package has it; the tests look here too. */
const DEBIANS = "/usr/bin/chromium";

/** @type {import("./step.mjs").Step} */
export const browser = {
  name: "browser",

  async whyNeeded({ env: { CHROMIUM } }) {
    if (existsSync(CHROMIUM ?? DEBIANS)) return undefined;
    return CHROMIUM === undefined
      ? "there is no Chromium to test the page in"
      : `CHROMIUM names ${CHROMIUM}, which is not there`;
  },

  async run(context) {
    const hint =
      "Install Chromium or Chrome and name it in CHROMIUM, such as CHROMIUM=/usr/bin/google-chrome. " +
      "Only `npm test` needs it.";
    if (context.env.CHROMIUM !== undefined) {
      throw new SetupError("set-up installs no browser in place of the one that was named", hint);
    }
    // Ubuntu's package only fetches a snap, for which build servers have no service.
    if (!canInstall() || readRelease().id !== "debian") {
      throw new SetupError("set-up installs Chromium only as root on Debian", hint);
    }
    await installPackages(["chromium"], context);
  },
};
