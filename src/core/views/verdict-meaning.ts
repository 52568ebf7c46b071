import type { Verdict } from "../tree/verdict.ts";

/** What each verdict says, in a sentence for people. */
export const VERDICT_MEANINGS: Readonly<Record<Verdict, string>> = {
  improved:
    "better than its parent on a metric, and proven not worse on those before it; not yet confirmed",
  confirmed: "improved, and better again in fresh pairs; what is built on and can be the result",
  tie: "no gain in sight, and proven not to be worse by more than the margin",
  no_gain: "a gain worth having is improbable by now",
  worse: "worse than its parent by more than the margin, on a metric that counts before any gain",
  inconclusive: "all pairs are used up, and neither a gain nor its absence is shown",
  build_failed: "commands.build failed, also after the agent's repairs",
  verify_failed: "commands.verify says that the results are wrong",
  bench_failed: "the benchmark exited with a failure",
  metrics_invalid:
    "what the benchmark wrote cannot be read, or has other metrics than the baseline's",
  timeout: "a step took longer than timeouts allows",
  out_of_memory: "a step used more than sandbox.memory",
  policy_violation: "the change touches what access does not allow",
  duplicate:
    "the same files as an earlier node, or a build that made the same; it is not measured twice",
  empty: "nothing was changed",
  refused: "the model declined to work on it",
  abandoned: "the agent gave up, or its change could not be written",
  stopped_early: "its series was hopelessly behind the parent's, and the benchmark was ended",
  infra_error: "the engine or the API failed: it says nothing about the change",
  interrupted: "loopty was stopped meanwhile: it says nothing about the change",
};
