import type { Config } from "../config/schema/schema.ts";
import { Pace, type RequestPace } from "../core/budget/pace.ts";
import type { AgentHost } from "./host.ts";

const LONG_WAIT_MS = 600_000;

/** Requests count over restarts. The run keeps what was sent and how long the model must be left alone. */
export function keptPace(
  { clock, pace: store }: AgentHost,
  rateLimit: Config["rateLimit"],
  model: string,
  longWait: "end" | "wait",
): RequestPace {
  const pace = new Pace(
    {
      rate: rateLimit.requests,
      longWaitMs: LONG_WAIT_MS,
      onLongWait: longWait,
      nowMs: () => clock.now().getTime(),
      sleep: clock.sleep,
    },
    store.state,
  );
  let saved: Promise<void> = Promise.resolve();
  const save = () => {
    saved = saved.catch(() => {}).then(() => store.save(pace.state));
    return saved;
  };
  const paced = pace.forModel(model);
  return {
    wait: async (signal) => {
      await paced.wait(signal);
      await save();
    },
    coolDown: (untilMs) => {
      const coolDown = paced.coolDown(untilMs);
      // If this fails, the next request saves it again.
      save().catch(() => {});
      return coolDown;
    },
  };
}
