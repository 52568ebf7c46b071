import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findProxies } from "../../../src/sandbox/engine/proxies.ts";

const URL = "unix:///var/run/docker.sock";

function homeWith(config: unknown): string {
  const home = mkdtempSync(join(tmpdir(), "loopty-home-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".docker"));
  writeFileSync(join(home, ".docker/config.json"), JSON.stringify(config));
  return home;
}

describe("findProxies", () => {
  const byDefault = { httpProxy: "http://a:1", httpsProxy: "http://a:2", noProxy: "inside" };
  const named = {
    HTTP_PROXY: "http://a:1",
    http_proxy: "http://a:1",
    HTTPS_PROXY: "http://a:2",
    https_proxy: "http://a:2",
    NO_PROXY: "inside",
    no_proxy: "inside",
  };

  it("takes those of the docker command's configuration, in both spellings", () => {
    const home = homeWith({ auths: {}, proxies: { default: byDefault } });
    expect(findProxies({ HTTP_PROXY: "http://other:1" }, home, URL)).toEqual(named);
  });

  it("takes those of the very engine before those of any", () => {
    const home = homeWith({ proxies: { default: byDefault, [URL]: { httpProxy: "http://b:1" } } });
    expect(findProxies({}, home, URL)).toEqual({
      HTTP_PROXY: "http://b:1",
      http_proxy: "http://b:1",
    });
  });

  it("takes those of the environment where the configuration has none", () => {
    const env = { http_proxy: "http://a:1", HTTPS_PROXY: "http://a:2", NO_PROXY: "inside" };
    expect(findProxies(env, homeWith({ auths: {} }), URL)).toEqual(named);
    expect(findProxies(env, "/nonexistent", URL)).toEqual(named);
  });

  it.each([
    "http://localhost:3128",
    "127.0.0.1:3128",
    "http://me:pass@127.0.0.2/",
    "http://[::1]:8080",
  ])("leaves out %s of the environment, which no container would find there", (proxy) => {
    expect(findProxies({ HTTPS_PROXY: proxy, NO_PROXY: "inside" }, "/nonexistent", URL)).toEqual(
      {},
    );
  });

  it("finds none where nobody names one, or an empty one", () => {
    expect(findProxies({ HTTP_PROXY: "" }, homeWith({ proxies: {} }), URL)).toEqual({});
    expect(findProxies({}, homeWith("no object"), URL)).toEqual({});
  });
});
