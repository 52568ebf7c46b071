import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Folders with `ca.pem`, `cert.pem` and `key.pem`, as Docker names them. */
export interface Certificates {
  readonly server: string;
  readonly client: string;
  /** A client of another authority, which alone it believes. */
  readonly stranger: string;
  /** The same, that believes the server's. */
  readonly intruder: string;
}

/** Makes an authority with a certificate for a server at this address and one for a client. */
export function makeCertificates(folder: string, address: string): Certificates {
  const authority = makeAuthority(join(folder, "authority"));
  const other = makeAuthority(join(folder, "other"));
  const server = `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n`;
  const client = "extendedKeyUsage=clientAuth\n";
  const stranger = certify(join(folder, "stranger"), other, client);
  const intruder = join(folder, "intruder");
  execFileSync("cp", ["-r", stranger, intruder]);
  execFileSync("cp", [join(authority, "ca.pem"), intruder]);
  return {
    server: certify(join(folder, "server"), authority, server),
    client: certify(join(folder, "client"), authority, client),
    stranger,
    intruder,
  };
}

function makeAuthority(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "ca.pem")];
  openssl([
    "req",
    "-x509",
    "-nodes",
    ...NEW_KEY,
    "-days",
    "1",
    "-subj",
    "/CN=loopty-test",
    ...files,
  ]);
  return folder;
}

function certify(folder: string, authority: string, extensions: string): string {
  mkdirSync(folder, { recursive: true });
  const request = join(folder, "request.pem");
  const extensionFile = join(folder, "extensions");
  writeFileSync(extensionFile, extensions);
  const ca = join(authority, "ca.pem");
  openssl([
    "req",
    "-nodes",
    ...NEW_KEY,
    "-subj",
    "/CN=loopty",
    ...["-keyout", join(folder, "key.pem")],
    ...["-out", request],
  ]);
  openssl([
    ...["x509", "-req", "-days", "1", "-in", request, "-out", join(folder, "cert.pem")],
    ...["-CA", ca, "-CAkey", join(authority, "key.pem"), "-CAcreateserial"],
    ...["-extfile", extensionFile],
  ]);
  execFileSync("cp", [ca, folder]);
  return folder;
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
