import { EnvHttpProxyAgent, install, setGlobalDispatcher } from "undici";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * From now on `fetch` goes by the proxy that the environment names for an address, as other tools do it: `HTTPS_PROXY`,
 * `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in small letters first. Node's own `fetch` does so only where it is told to
 * before it starts.
 */
export function useProxies(env: Environment): void {
  const named = (name: string) => env[name.toLowerCase()] || env[name] || undefined;
  const all = named("ALL_PROXY");
  const httpsProxy = named("HTTPS_PROXY") ?? all;
  const httpProxy = named("HTTP_PROXY") ?? all;
  if (httpProxy === undefined && httpsProxy === undefined) return;
  // Node's own `fetch` does not understand the agents of all versions.
  install();
  setGlobalDispatcher(
    new EnvHttpProxyAgent({
      httpProxy: httpProxy ?? "",
      httpsProxy: httpsProxy ?? "",
      noProxy: named("NO_PROXY") ?? "",
    }),
  );
}
