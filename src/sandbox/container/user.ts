/**
 * Different users, so that none can signal, trace or write what another owns. They are numeric, as an image need not
 * name them.
 */
export const USERS = {
  agent: "10001:10001",
  measure: "10002:10002",
  helper: "10003:10003",
} as const;

export const AGENT_UID = 10001;
