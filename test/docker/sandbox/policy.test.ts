import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findFolderClash } from "../../../src/core/access/path.ts";
import { checkAgainstFiles, compileAccess } from "../../../src/core/access/policy.ts";
import type { RawEntry } from "../../../src/sandbox/container/archive.ts";
import { sourceToPath } from "../../../src/sandbox/editing/mount-plan.ts";
import { validateReadBack } from "../../../src/sandbox/editing/read-back.ts";
import type { ReadBack } from "../../../src/sandbox/sandbox.ts";
import { readImage } from "../container.ts";
import { openLab } from "../lab.ts";
import { attempt, attemptsOn, CHANGED, CREATED } from "./policy-attempt.ts";
import { type PolicyCase, policyCases } from "./policy-case.ts";
import { policyModel } from "./policy-model.ts";

// More than these few are a matter of minutes: LOOPTY_POLICY_CASES=150 LOOPTY_POLICY_SEED=7.
const CASES = Number(process.env.LOOPTY_POLICY_CASES ?? "12");
const SEED = Number(process.env.LOOPTY_POLICY_SEED ?? "20260107");
const MARK = "h1dd3n-7f3a";

describe("an access policy in a real container", () => {
  it(`lets an agent change what the rules say and nothing else (${CASES} cases of seed ${SEED})`, {
    timeout: 60_000 + CASES * 30_000,
  }, async () => {
    await fc.assert(fc.asyncProperty(policyCases, playCase), {
      numRuns: CASES,
      seed: SEED,
      // A smaller case would take minutes to find, and these are small.
      endOnFailure: true,
    });
  });
});

/** One tree and one policy: an agent tries everything, and what it could do and what came of it is as the model says. */
async function playCase({ files, access, clashes }: PolicyCase): Promise<void> {
  const model = policyModel(access, files);
  const textOf = (path: string) => (model.accessOf(path) === "hidden" ? MARK : `text of ${path}`);
  const texts = Object.fromEntries(files.map((path) => [path, textOf(path)]));
  const emptyFolders = checkAgainstFiles(compileAccess(access), files);
  await using lab = await openLab({ files: texts, access, emptyFolders });

  const attempts = attemptsOn(model, files, clashes);
  await using agent = await lab.openAgent();
  const found = await attempt(agent.session, attempts, MARK);
  const archive = await agent.readEntries();
  if (archive.kind === "refused") throw new Error(archive.reason);

  const writable = attempts.files.filter(model.mayWrite);
  // Alone in its volume, a file under its own mount can be opened, and nothing more.
  const removable = writable.filter(model.mayRemove);
  const movable = attempts.folders.filter(model.mayMove);
  const wanted = attempts.created.filter((path) => model.accessOf(path) === "writable");
  const inWays = (ways: readonly string[], paths: readonly string[]) =>
    paths.flatMap((path) => ways.map((way) => `${way} ${path}`));
  const onWhatIsSeen = [...found.worked].filter((line) => !line.startsWith("create "));
  expect(onWhatIsSeen.sort()).toEqual(
    [
      ...inWays(["move", "relink"], movable),
      ...inWays(["append", "chmode", "overwrite"], writable),
      ...inWays(["move", "replace", "link", "remove"], removable),
    ].sort(),
  );
  // Files of build outputs may be made outside of the writable entries, so more than these.
  expect([...found.worked]).toEqual(expect.arrayContaining(inWays(["create"], wanted)));
  expect(Object.fromEntries(found.contents)).toEqual(
    Object.fromEntries(
      attempts.files.map((path) => [
        path,
        model.mayWrite(path) ? `10001 ${CHANGED}` : `0 ${texts[path]}`,
      ]),
    ),
  );
  expect(found.leaks).toEqual([]);

  const made = attempts.created.filter((path) => found.worked.has(`create ${path}`));
  const returning = made.filter(model.isReadBack);
  const strays = new Set(returning.filter((path) => !wanted.includes(path)));
  const pathOf = ({ name }: RawEntry) => sourceToPath(lab.plan, name.replace(/^\.\//, "")) ?? name;
  const entries = archive.entries.filter(({ type }) => type !== "directory");
  const standIns = attempts.files.filter((path) => !model.mayWrite(path) && model.isReadBack(path));
  const validate = (some: readonly RawEntry[]): ReadBack => {
    const back = validateReadBack(some, {
      plan: lab.plan,
      policy: lab.policy,
      isIgnored: () => false,
      buildOutputs: new Set(),
      parentPaths: new Set(writable),
    });
    if (back.kind === "violation") return back;
    // As a proposal is checked: an own folder of the agent's may stand where a hidden file's is.
    const standing = lab.base.tree.filter(({ kind }) => kind !== "folder");
    const clash = findFolderClash(
      [...back.files, ...standing, ...lab.hiddenFiles].map(({ path }) => path),
    );
    return clash === null ? back : { kind: "violation", reason: `${clash} is a file and a folder` };
  };
  // Stand-ins for what is mounted whole, as a folder, are not there.
  const returned = entries.map(pathOf).filter((path) => !standIns.includes(path));
  expect(returned.sort()).toEqual([...writable, ...returning].sort());

  const clashing = wanted.filter((path) => model.invisibleFolders.includes(path));
  const refused = entries.filter(
    (entry) => strays.has(pathOf(entry)) || clashing.includes(pathOf(entry)),
  );
  for (const entry of refused) {
    expect([pathOf(entry), validate([entry]).kind]).toEqual([pathOf(entry), "violation"]);
  }
  expect(validate(archive.entries).kind).toBe(refused.length > 0 ? "violation" : "files");

  const kept = wanted.filter((path) => !clashing.includes(path));
  const back = validate(archive.entries.filter((entry) => !refused.includes(entry)));
  const own = Object.fromEntries([
    ...writable.map((path) => [path, CHANGED]),
    ...kept.map((path) => [path, CREATED]),
  ]);
  const asRead =
    back.kind === "files"
      ? Object.fromEntries(back.files.map(({ path, content }) => [path, content.toString("utf8")]))
      : back;
  expect(asRead).toEqual(own);

  const { imageId } = await lab.snapshotOf("1.1", own);
  const image = await readImage(lab.settings.engine.docker, imageId, "/workspace");
  const inImage = [...image].filter(([, { type }]) => type !== "directory");
  const readable = attempts.files.filter((path) => !model.mayWrite(path));
  expect(Object.fromEntries(inImage.map(([path, { text }]) => [path, text]))).toEqual(
    Object.fromEntries(
      [...Object.entries(own), ...readable.map((path) => [path, texts[path]])].map(
        ([path, text]) => [`/workspace/${path}`, text],
      ),
    ),
  );
}
