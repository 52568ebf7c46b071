import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "./json-file.ts";

/** `HTTP_PROXY` and its like with their values, in capitals and in small letters. They may hold a password. */
export type Proxies = Readonly<Record<string, string>>;

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"] as const;
type Name = (typeof NAMES)[number];

const proxySchema = z.looseObject({
  httpProxy: z.string().optional(),
  httpsProxy: z.string().optional(),
  ftpProxy: z.string().optional(),
  allProxy: z.string().optional(),
  noProxy: z.string().optional(),
});
const configSchema = z.looseObject({ proxies: z.record(z.string(), proxySchema) });

/**
 * The proxies of whatever may use the network in a container. They are those of the docker command's configuration, for
 * this engine or for any (https://docs.docker.com/engine/cli/proxy/). Without any there they are those of the environment,
 * but for one on this machine's loopback: a container has another.
 */
export function findProxies(env: Environment, home: string, url: string): Proxies {
  const file = join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json");
  const config = configSchema.safeParse(readJsonFile(file));
  const configured = config.success
    ? (config.data.proxies[url] ?? config.data.proxies.default)
    : undefined;
  const found: Readonly<Record<Name, string | undefined>> =
    configured === undefined
      ? environmentProxies(env)
      : {
          HTTP_PROXY: configured.httpProxy,
          HTTPS_PROXY: configured.httpsProxy,
          FTP_PROXY: configured.ftpProxy,
          ALL_PROXY: configured.allProxy,
          NO_PROXY: configured.noProxy,
        };
  const set = NAMES.flatMap((name) => {
    const value = found[name];
    return value ? [[name, value] as const, [name.toLowerCase(), value] as const] : [];
  });
  return set.some(([name]) => !/^no_proxy$/i.test(name)) ? Object.fromEntries(set) : {};
}

function environmentProxies(env: Environment): Record<Name, string | undefined> {
  const named = (name: Name) => env[name.toLowerCase()] || env[name];
  const reachable = (name: Name) => {
    const value = named(name);
    return value !== undefined && isOnLoopback(value) ? undefined : value;
  };
  return {
    HTTP_PROXY: reachable("HTTP_PROXY"),
    HTTPS_PROXY: reachable("HTTPS_PROXY"),
    FTP_PROXY: reachable("FTP_PROXY"),
    ALL_PROXY: reachable("ALL_PROXY"),
    NO_PROXY: named("NO_PROXY"),
  };
}

function isOnLoopback(proxy: string): boolean {
  return /^(\w+:\/\/)?([^@/]*@)?(localhost|127\.[\d.]+|\[::1\])(:\d+)?\/?$/i.test(proxy);
}
