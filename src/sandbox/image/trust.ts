import { createHash, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";
import { EngineError, messageOf, UserError } from "../../core/error.ts";
import { type PackedEntry, packArchive } from "../container/archive.ts";
import type { Engine } from "../engine/engine.ts";
import { followProgress } from "../engine/progress.ts";
import { findImage } from "./image.ts";

/** The folder of the certificates in a container of `setup` or of an image's build, relative to `/`. It is gone from what is made. */
export const TRUST_FOLDER = ".loopty-ca";

/** The same files give the same image on every machine and day. */
export const FIXED_TIME = new Date("2001-09-09T01:46:40Z");

const BUNDLE = `/${TRUST_FOLDER}/bundle.pem`;
const APT = `/${TRUST_FOLDER}/apt.conf`;
/** No key, which often stands in the same file, gets any further. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * What programs read instead of the machine's own list: OpenSSL (with Go, Python, .NET, Ruby and uv), curl, requests and
 * pip, Node, git, cargo, Deno, apt.
 */
export const TRUST_VARIABLES: Readonly<Record<string, string>> = {
  SSL_CERT_FILE: BUNDLE,
  CURL_CA_BUNDLE: BUNDLE,
  REQUESTS_CA_BUNDLE: BUNDLE,
  PIP_CERT: BUNDLE,
  NODE_EXTRA_CA_CERTS: BUNDLE,
  GIT_SSL_CAINFO: BUNDLE,
  CARGO_HTTP_CAINFO: BUNDLE,
  DENO_CERT: BUNDLE,
  APT_CONFIG: APT,
};

/**
 * The files of that folder: the certificates of the user's file beside the public ones that Node comes with, as most
 * programs trust a single file. Throws `UserError` for a file without a certificate.
 */
export async function trustEntries(path: string): Promise<PackedEntry[]> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new UserError(`cannot read sandbox.ca: ${messageOf(cause)}`, { cause });
  });
  const own = text.match(CERTIFICATE) ?? [];
  if (own.length === 0 || !own.every(isCertificate)) {
    throw new UserError(`sandbox.ca: ${path} holds no certificate that can be read`, {
      hint: "name a PEM file: a text with -----BEGIN CERTIFICATE-----",
    });
  }
  const bundle = `${[...own, ...rootCertificates].join("\n")}\n`;
  const apt = `Acquire::https::CAInfo "${BUNDLE}";\n`;
  const file = { mode: 0o644, uid: 0 };
  return [
    { path: TRUST_FOLDER, content: "folder", mode: 0o755, uid: 0 },
    { path: BUNDLE.slice(1), content: Buffer.from(bundle), ...file },
    { path: APT.slice(1), content: Buffer.from(apt), ...file },
  ];
}

/** An image of that folder alone, which stays for all projects: another one each time would have every image built anew. */
export async function trustImage(engine: Engine, path: string): Promise<string> {
  const entries = await trustEntries(path);
  const digest = createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 12);
  const tag = `loopty/ca:${digest}`;
  if ((await findImage(engine, tag)) !== null) return tag;
  const [repo, version] = tag.split(":");
  const archive = packArchive(entries, FIXED_TIME);
  const response = await engine.docker.importImage(archive, { repo, tag: version });
  const failure = await followProgress(engine.docker, response, () => {});
  if (failure !== null) throw new EngineError(`the engine takes no image: ${failure}`);
  return tag;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
