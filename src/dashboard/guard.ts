import type { MiddlewareHandler } from "hono";

/**
 * Any port will do: people reach the server through tunnels that end at another one. Any other name is a page from
 * elsewhere whose name was made to point here (DNS rebinding).
 */
const OWN_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/i;

/** What a browser says of where a request comes from: the page itself, or an address that was typed. */
const OWN_SITE: ReadonlySet<string> = new Set(["same-origin", "none"]);

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No text may become markup in the page, whatever its libraries try.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cross-Origin-Opener-Policy": "same-origin",
};

/** Read-only, for this machine's own browser alone. A refused request gets the same headers. */
export const guard: MiddlewareHandler = async (context, next) => {
  for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
  const { method } = context.req;
  if (!OWN_HOST.test(context.req.header("host") ?? "")) {
    return context.text("this page answers to 127.0.0.1 and localhost only\n", 403);
  }
  // Programs that are no browsers say nothing, and no page of elsewhere can make a browser leave it out.
  if (!OWN_SITE.has(context.req.header("sec-fetch-site") ?? "none")) {
    return context.text("open this page by its address, not from another page\n", 403);
  }
  if (method !== "GET" && method !== "HEAD") {
    return context.text("this page is read-only\n", 405, { Allow: "GET, HEAD" });
  }
  return next();
};
