import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trustEntries } from "../../../src/sandbox/image/trust.ts";

const [PUBLIC = ""] = rootCertificates;

describe("certificates of one's own", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "loopty-trust-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const entriesOf = (text: string) => {
    const path = join(folder, "ca.pem");
    writeFileSync(path, text);
    return trustEntries(path);
  };

  it("stand before the public ones, and a key beside them goes nowhere", async () => {
    const key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
    const entries = await entriesOf(`${key}\n${PUBLIC}\n`);
    expect(entries.map(({ path, mode }) => [path, mode.toString(8)])).toEqual([
      [".loopty-ca", "755"],
      [".loopty-ca/bundle.pem", "644"],
      [".loopty-ca/apt.conf", "644"],
    ]);
    const texts = entries.map(({ content }) => String(content));
    expect(texts[1]?.match(/BEGIN CERTIFICATE/g)).toHaveLength(rootCertificates.length + 1);
    expect(texts.join()).not.toContain("PRIVATE");
    expect(texts[2]).toBe('Acquire::https::CAInfo "/.loopty-ca/bundle.pem";\n');
  });

  it.each([
    ["nothing", ""],
    ["another text", "hello"],
    ["a broken one", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
  ])("are refused where the file holds %s", async (_, text) => {
    await expect(entriesOf(text)).rejects.toThrow(
      `sandbox.ca: ${join(folder, "ca.pem")} holds no certificate that can be read`,
    );
  });

  it("are refused where there is no file", async () => {
    await expect(trustEntries(join(folder, "none"))).rejects.toThrow(
      /^cannot read sandbox.ca: ENOENT/,
    );
  });
});
