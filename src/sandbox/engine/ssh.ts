import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { EngineError, UserError } from "../../core/error.ts";
import { printable } from "../../core/text/printable.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A connection that nobody uses is closed after this time, as Node's own agents do. */
const IDLE_MS = 5000;
const CONNECT_SECONDS = 30;
const MAX_SAID = 2000;

/** The command there that joins its streams with the engine's socket. */
export type Dialer = "docker" | "podman";

/**
 * Connections to an engine behind ssh. Each is a `docker system dial-stdio` there, or podman's, by the `ssh` program here, as the
 * docker command makes them: keys, agents, jump hosts and known hosts are those of the user's own ssh. dockerode's ssh
 * takes no key but an agent's, compares no host key, and logs in anew for every request.
 */
export class SshAgent extends Agent {
  readonly #args: readonly string[];
  readonly #dialer: Dialer;
  readonly #env: Environment;

  constructor(url: URL, dialer: Dialer, env: Environment) {
    super({ keepAlive: true, timeout: IDLE_MS });
    this.#args = sshArguments(url, dialer);
    this.#dialer = dialer;
    this.#env = env;
  }

  override createConnection(): Duplex {
    return new SshConnection(this.#args, this.#dialer, this.#env);
  }
}

/**
 * Arguments of `ssh`, which asks nothing, as there may be no terminal. Throws `UserError` for an address that ssh
 * cannot take.
 */
export function sshArguments(url: URL, dialer: Dialer): string[] {
  const { hostname, port, username, password } = url;
  if (password !== "") {
    throw new UserError("an ssh address holds no password", {
      hint: "use a key: ssh-copy-id, then `ssh-add` where it has a passphrase",
    });
  }
  const socket = decodeURIComponent(url.pathname).replace(/^\/+$/, "");
  return [
    "-T",
    ...["-o", "BatchMode=yes", "-o", `ConnectTimeout=${CONNECT_SECONDS}`],
    ...(username === "" ? [] : ["-l", decodeURIComponent(username)]),
    ...(port === "" ? [] : ["-p", port]),
    "--",
    hostname.replace(/^\[|\]$/g, ""),
    dialer,
    ...(socket === "" ? [] : [dialer === "docker" ? "--host" : "--url", quote(`unix://${socket}`)]),
    ...["system", "dial-stdio"],
  ];
}

/** Quotes a text as one word for the server's shell. */
function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The two streams of an `ssh` as one, with what Node's http client expects of a socket. */
class SshConnection extends Duplex {
  readonly #ssh: ChildProcessWithoutNullStreams;
  #idle: NodeJS.Timeout | undefined;

  constructor(args: readonly string[], dialer: Dialer, env: Environment) {
    super();
    // ssh gets a session of its own, because Ctrl-C is for loopty, which still has containers to remove.
    this.#ssh = spawn("ssh", args, { env, detached: true });
    let said = "";
    this.#ssh.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = `${said}${text}`.slice(-MAX_SAID);
    });
    this.#ssh.stdout.on("data", (chunk: Buffer) => {
      this.#idle?.refresh();
      if (!this.push(chunk)) this.#ssh.stdout.pause();
    });
    // ssh reports at its end why nobody reads any more.
    this.#ssh.stdin.on("error", () => {});
    this.#ssh.once("error", (cause) => this.destroy(notStarted(cause)));
    this.#ssh.once("close", (code) => {
      if (code === 0) this.push(null);
      else this.destroy(failure(args, dialer, said));
    });
  }

  override _read(): void {
    this.#ssh.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#idle?.refresh();
    this.#ssh.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#ssh.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#idle);
    this.#ssh.kill();
    done(error);
  }

  /** Works as a socket's: emits `timeout` once nothing came or went for so long. 0 never does, and removes the listener. */
  setTimeout(timeoutMs: number, onTimeout?: () => void): this {
    clearTimeout(this.#idle);
    this.#idle = undefined;
    if (timeoutMs === 0) return onTimeout === undefined ? this : this.off("timeout", onTimeout);
    if (onTimeout !== undefined) this.once("timeout", onTimeout);
    this.#idle = setTimeout(() => this.emit("timeout"), timeoutMs);
    this.#idle.unref();
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    this.#ssh.ref();
    for (const pipe of this.#pipes()) pipe.ref();
    return this;
  }

  /** A connection that waits for its next request keeps no process alive. */
  unref(): this {
    this.#ssh.unref();
    for (const pipe of this.#pipes()) pipe.unref();
    return this;
  }

  #pipes(): Socket[] {
    const { stdin, stdout, stderr } = this.#ssh;
    return [stdin, stdout, stderr].filter((pipe) => pipe instanceof Socket);
  }
}

function notStarted(cause: Error): EngineError {
  return new EngineError(`ssh cannot be started: ${cause.message}`, {
    hint: "install OpenSSH's client, or reach the engine by TCP with TLS",
    cause,
  });
}

function failure(args: readonly string[], dialer: Dialer, said: string): EngineError {
  const text = printable(said.trim() || "it ended without a word", MAX_SAID);
  // The same without what loopty adds, so that ssh may ask.
  const login = args.slice(args.indexOf("BatchMode=yes") + 3, args.lastIndexOf(dialer));
  return new EngineError(`ssh failed: ${text}`, {
    hint: `\`ssh ${login.join(" ")} ${dialer} version\` must work without a question: accept the host's key once by hand, \`ssh-add\` a key that has a passphrase, install ${dialer} there`,
  });
}
