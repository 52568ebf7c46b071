import { createServer } from "node:http";
import { forwarderFiles, GATEWAY_URL, openTunnel } from "../../../src/agent/gateway/open-tunnel.ts";
import { packageVolume } from "../../../src/sandbox/packages/package-volume.ts";
import { type LabOptions, openLab, signal } from "../lab.ts";

const NODE = "/opt/loopty/agent/bin/node";
const MINUTES = 60_000;

/** Says how many bytes came, and streams as many lines as the path says. */
function openServer() {
  return createServer((request, response) => {
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on("end", () => {
      const lines = Number(request.url?.slice(1));
      for (let line = 0; line < lines; line += 1) response.write(`${line}\n`);
      response.end(`${bytes} bytes`);
    });
  });
}

/** 50 requests at once, and then one of 100 MB. */
export const MANY_AND_LARGE = `
  const post = async (path, bytes) => {
    const answer = await fetch("${GATEWAY_URL}/" + path, { method: "POST", body: Buffer.alloc(bytes) });
    return (await answer.text()).split("\\n").at(-1);
  };
  const many = await Promise.all(Array.from({ length: 50 }, () => post(2000, 200_000)));
  console.log(new Set(many), await post(1, 100_000_000));
`;
export const HELLO = `console.log(await (await fetch("${GATEWAY_URL}/0")).text())`;

/** An agent's container on an engine, and the tunnel out of it, with a server at its end. */
export async function openTunnelLab(options: Pick<LabOptions, "env"> = {}) {
  const server = openServer();
  const files = { "src/k.c": "k\n" };
  const lab = await openLab({ files, access: { writable: ["src/"] }, ...options });
  try {
    const packages = { specs: [], programs: {} };
    const agent = await lab.openAgent({
      notes: await forwarderFiles(),
      packageVolume: await packageVolume(lab.settings, lab.base.imageId, packages),
    });
    const { session } = agent;
    const tunnel = await openTunnel(session, (each) => server.emit("connection", each), signal);
    return {
      agent,
      tunnel,
      /** What a script of Node in the container prints. */
      node: async (script: string) => {
        await session.writeFile("src/try.mjs", Buffer.from(script));
        return (await session.run(`${NODE} src/try.mjs`, 5 * MINUTES)).output;
      },
      [Symbol.asyncDispose]: async () => {
        tunnel.destroy();
        await agent[Symbol.asyncDispose]();
        await lab[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
