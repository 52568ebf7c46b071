import { request } from "node:http";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseId } from "../../src/core/tree/id.ts";
import type { PageFiles } from "../../src/dashboard/page-files.ts";
import { type Dashboard, serveDashboard } from "../../src/dashboard/server.ts";
import { scratchFolder } from "../store/scratch.ts";
import { grownTree } from "./grown-tree.ts";
import { type ShownProject, shownProject } from "./shown-project.ts";

const PAGE: PageFiles = new Map([
  ["/", { content: Uint8Array.from(Buffer.from("<!doctype html>")), type: "text/html" }],
  ["/assets/a-1.js", { content: Uint8Array.from(Buffer.from("1")), type: "text/javascript" }],
]);

async function served(port: number | null = 0): Promise<Dashboard & { shown: ShownProject }> {
  const shown = await shownProject(scratchFolder());
  const bugs: unknown[] = [];
  const tellBug = (error: unknown) => bugs.push(error);
  const dashboard = await serveDashboard({ project: shown.project, page: PAGE, port, tellBug });
  onTestFinished(async () => {
    await dashboard[Symbol.asyncDispose]();
    expect(bugs).toEqual([]);
  });
  return { ...dashboard, shown };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

interface AskOptions {
  readonly method?: string;
  readonly host?: string;
  readonly site?: string;
}

/** Unlike `fetch`, it sends any Host, and paths as they are. */
function ask(url: string, path: string, options: AskOptions = {}) {
  const { method = "GET", host, site } = options;
  return new Promise<Answer>((resolve, reject) => {
    const headers = {
      ...(host === undefined ? {} : { host }),
      ...(site === undefined ? {} : { "sec-fetch-site": site }),
    };
    const { hostname, port } = new URL(url);
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    asked.on("error", reject);
    asked.end();
  });
}

describe("the dashboard's server", () => {
  it("serves the page on this machine alone, under a policy that lets in nothing from elsewhere", async () => {
    const { url } = await served();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const { status, headers, text } = await ask(url, "/");
    expect({ status, text }).toEqual({ status: 200, text: "<!doctype html>" });
    expect(headers).toMatchObject({
      "content-type": "text/html",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
  });

  it.each([
    "evil.example",
    "evil.example:4747",
    "127.0.0.1.evil.example",
    "localhost.evil.example:80",
    "192.168.0.7:4747",
  ])("refuses the host %j, whose name may have been made to point here", async (host) => {
    const { url } = await served();
    for (const path of ["/", "/api/stream", "/api/nodes/1"]) {
      const { status, headers } = await ask(url, path, { host });
      expect(status).toBe(403);
      expect(headers["content-security-policy"]).toContain("default-src 'none'");
    }
  });

  it.each(["cross-site", "same-site", "Same-Origin", "x"])(
    "refuses what a browser says comes from elsewhere: %s",
    async (site) => {
      const { url } = await served();
      for (const path of ["/", "/assets/a-1.js", "/api/stream", "/api/nodes/1"]) {
        expect((await ask(url, path, { site })).status).toBe(403);
      }
    },
  );

  it.each(["same-origin", "none"])(
    "answers its own page, and a typed address: %s",
    async (site) => {
      const { url } = await served();
      expect((await ask(url, "/", { site })).status).toBe(200);
    },
  );

  it("keeps at most 32 streams open, and a closed one makes room", async () => {
    const { url } = await served();
    const stream = () => fetch(`${url}api/stream`);
    const open = await Promise.all(Array.from({ length: 32 }, stream));
    expect(open.map(({ status }) => status)).toEqual(open.map(() => 200));
    for (let i = 0; i < 3; i++) {
      const refused = await ask(url, "/api/stream");
      expect({ ...refused, headers: {} }).toEqual({
        status: 503,
        headers: {},
        text: '{"message":"32 pages are open already: close some"}',
      });
    }
    await open[0]?.body?.cancel();
    const again = async () => {
      const { status, body } = await stream();
      await body?.cancel();
      return status;
    };
    await vi.waitFor(async () => expect(await again()).toBe(200), 10_000);
    for (const { body } of open.slice(1)) await body?.cancel();
  });

  it("opens no stream for HEAD, which nobody would close", async () => {
    const { url } = await served();
    for (let i = 0; i < 40; i++) {
      expect((await ask(url, "/api/stream", { method: "HEAD" })).status).toBe(200);
    }
    const { status, body } = await fetch(`${url}api/stream`);
    await body?.cancel();
    expect(status).toBe(200);
  });

  it.each(["localhost:9000", "LOCALHOST", "127.0.0.1", "[::1]:4747"])(
    "answers the host %j, as a tunnel may end at any port",
    async (host) => {
      const { url } = await served();
      expect((await ask(url, "/", { host })).status).toBe(200);
    },
  );

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "refuses %s: it is read-only",
    async (method) => {
      const { url } = await served();
      for (const path of ["/", "/api/stream", "/api/nodes/1", "/none"]) {
        const { status, headers } = await ask(url, path, { method });
        expect({ status, allow: headers.allow }).toEqual({ status: 405, allow: "GET, HEAD" });
      }
    },
  );

  it("answers HEAD without a body", async () => {
    const { url } = await served();
    expect(await ask(url, "/assets/a-1.js", { method: "HEAD" })).toMatchObject({
      status: 200,
      text: "",
      headers: { "cache-control": "public, max-age=31536000, immutable" },
    });
  });

  it.each([
    "/../package.json",
    "/assets/../../../package.json",
    "/assets/..%2f..%2f..%2fpackage.json",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/api/nodes/..%2f..%2frun.json",
    "/api/nodes/1%2f..%2f..%2f..%2frun.json",
    "/api/nodes/1.0",
    "/api/nodes/01",
    `/api/nodes/${"1.".repeat(80)}1`,
    "/api/nodes/__proto__",
    "/api/nodes/9",
    "/api/nodes/1.99",
    "/api/stream?run=..",
    "/api/stream?run=0",
    "/api/stream?run=1e3",
  ])("finds nothing at %s", async (path) => {
    const { url, shown } = await served();
    await shown.addRun(grownTree(3));
    const { status, headers, text } = await ask(url, path);
    expect(status).toBe(404);
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(JSON.parse(text)).toEqual({ message: expect.any(String) });
  });

  it("gives a node's files as text in JSON, whatever bytes they hold", async () => {
    const { url, shown } = await served();
    await shown.addRun(grownTree(3));
    const id = parseId("1.1");
    const hostile = "</script><script>alert(1)</script>\u001b]0;x\u0007\u202e";
    await shown.putFile(
      id,
      "build.log",
      Buffer.concat([Buffer.from([0xff, 0, 0xc0]), Buffer.from(hostile)]),
    );
    await shown.putFile(id, "diff.patch", hostile);
    const { status, headers, text } = await ask(url, "/api/nodes/1.1");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(JSON.parse(text)).toMatchObject({
      id: "1.1",
      diff: { text: hostile, cutBytes: 0 },
      logs: { build: { text: `\ufffd\0\ufffd${hostile}`, cutBytes: 0 }, verify: null, bench: null },
    });
  });

  it("says so where the port asked for is taken, and takes another where none was asked for", async () => {
    const { url } = await served(null);
    const port = Number(new URL(url).port);
    await expect(served(port)).rejects.toThrow(`port ${port} is in use`);
    const { url: other } = await served(null);
    expect(other).not.toBe(url);
  });
});
