import { Agent } from "node:http";
import { EngineError, UserError } from "../../core/error.ts";
import { PipedConnection } from "./piped-connection.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A connection that nobody uses is closed after this time, as Node's own agents do. */
const IDLE_MS = 5000;
const CONNECT_SECONDS = 30;

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

  override createConnection(): PipedConnection {
    return new PipedConnection({
      command: "ssh",
      args: this.#args,
      env: this.#env,
      notStarted,
      failed: (said) => failure(this.#args, this.#dialer, said),
    });
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

function notStarted(cause: Error): EngineError {
  return new EngineError(`ssh cannot be started: ${cause.message}`, {
    hint: "install OpenSSH's client, or reach the engine by TCP with TLS",
    cause,
  });
}

function failure(args: readonly string[], dialer: Dialer, said: string): EngineError {
  // The same without what loopty adds, so that ssh may ask.
  const login = args.slice(args.indexOf("BatchMode=yes") + 3, args.lastIndexOf(dialer));
  return new EngineError(`ssh failed: ${said}`, {
    hint: `\`ssh ${login.join(" ")} ${dialer} version\` must work without a question: accept the host's key once by hand, \`ssh-add\` a key that has a passphrase, install ${dialer} there`,
  });
}
