import type { RunStart } from "../../src/store/run-record.ts";

export const RUN_START: RunStart = {
  seed: 7,
  config: { name: "matmul", budget: { tokens: 5 } },
  environment: { cpu: "two of them" },
  userHead: null,
  from: null,
  hiddenDigest: "",
};
