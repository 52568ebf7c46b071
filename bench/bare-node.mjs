// The Docker calls that one node cannot do without, made by a plain script: what the harness's overhead is compared with.
// It checks nothing and records nothing.
import { PassThrough } from "node:stream";
import tar from "tar-stream";

const HARDENED = {
  NetworkMode: "none",
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
  Init: true,
  PidsLimit: 512,
  LogConfig: { Type: "none", Config: {} },
};

/** @param {Record<string, string | null>} entries a folder where the value is `null` */
function archive(entries) {
  const pack = tar.pack();
  pack.entry({ name: "./", type: "directory" });
  for (const [name, text] of Object.entries(entries)) {
    if (text === null) pack.entry({ name: `./${name}/`, type: "directory", mode: 0o1777 });
    else pack.entry({ name: `./${name}`, mode: 0o666 }, text);
  }
  pack.finalize();
  return pack.pipe(new PassThrough());
}

/** @param {NodeJS.ReadableStream} stream */
async function drain(stream) {
  for await (const _ of stream);
}

/**
 * @param {import("dockerode")} docker
 * @param {{ base: string, parent: string, benchmarks: number, number: number, cpus: { agent: string, measure: string } }} node
 */
export async function bareNode(docker, { base, parent, benchmarks, number, cpus }) {
  const volume = await docker.createVolume({ Name: `loopty-bare-${number}` });
  const { Mountpoint: mountpoint } = await docker
    .getVolume(volume.name ?? `loopty-bare-${number}`)
    .inspect();
  const whole = {
    Type: /** @type {const} */ ("volume"),
    Source: `loopty-bare-${number}`,
    Target: "/loopty",
  };
  const helper = await docker.createContainer({
    Image: base,
    Cmd: ["/bin/sh"],
    HostConfig: { Mounts: [whole] },
  });
  await helper.putArchive(archive({ 0: `${number}\n` }), { path: "/loopty" });
  await helper.remove({ v: true, force: true });

  const agent = await docker.createContainer({
    Image: parent,
    User: "10003:10003",
    Entrypoint: [],
    Cmd: ["sleep", "600"],
    HostConfig: {
      ...HARDENED,
      CpusetCpus: cpus.agent,
      Mounts: [
        { Type: "bind", Source: `${mountpoint}/0`, Target: "/workspace/value" },
        { ...whole, Target: "/run/loopty", ReadOnly: true },
      ],
    },
  });
  await agent.start();
  for (const user of ["10003:10003", "10001:10001"]) {
    const exec = await agent.exec({
      User: user,
      Cmd: ["cat", "/proc/self/mountinfo"],
      AttachStdout: true,
      AttachStderr: true,
    });
    await drain(await exec.start({}));
    await exec.inspect();
  }
  await agent.remove({ v: true, force: true });
  const reader = await docker.createContainer({
    Image: base,
    Cmd: ["/bin/sh"],
    HostConfig: { Mounts: [whole] },
  });
  await drain(await reader.getArchive({ path: "/loopty/." }));
  await reader.remove({ v: true, force: true });
  await docker.getVolume(`loopty-bare-${number}`).remove();

  const snapshot = await docker.createContainer({ Image: base, Cmd: ["/bin/sh"] });
  await snapshot.putArchive(archive({ workspace: null, "workspace/value": `${number}\n` }), {
    path: "/",
  });
  await snapshot.commit({ repo: "loopty-bare", tag: `${number}`, pause: false });
  await snapshot.remove({ v: true, force: true });

  /** @param {string} image @param {string} command */
  const toEnd = async (image, command) => {
    const container = await docker.createContainer({
      Image: image,
      User: "10002:10002",
      WorkingDir: "/workspace",
      Entrypoint: [],
      Cmd: ["/bin/sh", "-c", command],
      Env: ["LOOPTY_METRICS=/workspace/metrics.csv"],
      HostConfig: { ...HARDENED, CpusetCpus: cpus.measure },
    });
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    stream.resume();
    await container.start();
    await container.wait();
    return container;
  };
  const built = await toEnd(`loopty-bare:${number}`, "cp value built");
  await built.changes();
  await built.commit({ repo: "loopty-bare", tag: `${number}-built`, pause: false });
  await built.remove({ v: true, force: true });
  const verify = await toEnd(`loopty-bare:${number}-built`, "true");
  await verify.inspect();
  await verify.remove({ v: true, force: true });
  for (let i = 0; i < benchmarks; i++) {
    const run = await toEnd(`loopty-bare:${number}-built`, BENCHMARK);
    await run.inspect();
    await drain(await run.getArchive({ path: "/workspace/metrics.csv" }));
    await run.remove({ v: true, force: true });
  }
  for (const tag of [`${number}-built`, `${number}`]) {
    await docker.getImage(`loopty-bare:${tag}`).remove();
  }
}

export const BENCHMARK =
  'printf "iteration,cost (lower is better)\\n1,$(cat built)\\n" > "$LOOPTY_METRICS"';
