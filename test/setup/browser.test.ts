import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { browser, whatIsMissing } from "../../scripts/setup/browser.mjs";
import { scratchFolder } from "./scratch.ts";

function context(env: Record<string, string>) {
  return { root: "/", env, home: "/", say: () => {} };
}

describe("the browser step", () => {
  it("has nothing to do where CHROMIUM names one", async () => {
    const path = join(scratchFolder(), "chrome");
    writeFileSync(path, "");
    expect(await browser.whyNeeded(context({ CHROMIUM: path }))).toBeUndefined();
  });

  it("wants the fonts of desktops beside Debian's Chromium, which the tests look at", async () => {
    const [chromium, font] = [join(scratchFolder(), "chromium"), join(scratchFolder(), "font.ttf")];
    const missing = "there is no Noto Sans to test the page in";
    expect(whatIsMissing(chromium, font)).toBe("there is no Chromium to test the page in");
    writeFileSync(chromium, "");
    expect(whatIsMissing(chromium, font)).toBe(missing);
    writeFileSync(font, "");
    expect(whatIsMissing(chromium, font)).toBeUndefined();
  });

  it("installs none in place of the one that CHROMIUM names in vain", async () => {
    const named = context({ CHROMIUM: "/nonexistent/chrome" });
    expect(await browser.whyNeeded(named)).toBe(
      "CHROMIUM names /nonexistent/chrome, which is not there",
    );
    await expect(browser.run(named)).rejects.toThrow("set-up installs no browser in place of");
  });
});
