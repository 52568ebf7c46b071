import { hasBelow, type ProjectFiles, type Recognised, tomlName } from "./recognised.ts";

/** What Criterion leaves, as one file, in the order in which it is read. */
const COLLECT = `find target/criterion -path '*/new/*' \\( -name benchmark.json -o -name sample.json \\) -print0 | LC_ALL=C sort -z | xargs -0 cat > "$LOOPTY_METRICS"`;

export async function cargo(files: ProjectFiles): Promise<Recognised | null> {
  if (!files.names.includes("Cargo.toml")) return null;
  const text = await files.read("Cargo.toml");
  const manifests = files.paths.filter((path) => path.endsWith("/Cargo.toml"));
  const all = [text, ...(await Promise.all(manifests.map((path) => files.read(path))))].join("\n");
  const isWorkspace = /^\[workspace\]/m.test(text);
  const usesCriterion = /^criterion\s*=|^\[(?:dev-)?dependencies\.criterion\]/m.test(all);
  const name = tomlName(text);
  const test = "cargo test --release --offline";
  const members = manifests
    .map((path) => path.slice(0, -"/Cargo.toml".length))
    .filter((folder) => hasBelow(files, `${folder}/src`, /\.rs$/));
  const writable = isWorkspace ? members.map((folder) => `${folder}/src/`) : [];
  const by = [
    isWorkspace ? "Cargo.toml of a workspace" : "Cargo.toml",
    ...(usesCriterion ? ["benches with Criterion"] : []),
  ];
  return {
    recognisedBy: by.join(", "),
    ...(name === undefined ? {} : { name }),
    image: "rust:1-slim",
    // Only setup has a network.
    setup: "cargo fetch",
    // The tests too: `verify` and a benchmark that times them begin with what the build left.
    build: `cargo build --release --offline${usesCriterion ? " --benches" : ""} && ${test} --no-run`,
    verify: test,
    benchmark: usesCriterion
      ? { command: `cargo bench --offline && ${COLLECT}`, format: "criterion" }
      : null,
    ...(writable.length === 0 ? {} : { writable }),
  };
}
