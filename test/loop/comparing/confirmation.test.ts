import { describe, expect, it } from "vitest";
import { championOf } from "../../../src/core/search/selection.ts";
import { needsConfirmation, withdrawGain } from "../../../src/loop/comparing/confirmation.ts";
import { preferenceOfRun } from "../../../src/store/run-record.ts";
import { experimentNode } from "../../agent/experiment-node.ts";
import { openSimulatedRun } from "../simulated-run.ts";

describe("needsConfirmation", () => {
  const gain = experimentNode("1.1", { verdict: "improved" });
  const children = (count: number) =>
    Array.from({ length: count }, (_, i) => experimentNode(`1.1.${i + 1}`, { verdict: "worse" }));

  it("asks for fresh pairs before a fourth child is built on a gain", () => {
    expect(needsConfirmation(gain, [gain, ...children(2)], 3)).toBe(false);
    expect(needsConfirmation(gain, [gain, ...children(3)], 3)).toBe(true);
  });

  it("asks at once where the gain is too good, or no test is behind it", () => {
    expect(needsConfirmation({ ...gain, suspicious: true }, [gain], 3)).toBe(true);
    expect(needsConfirmation({ ...gain, unverified: true }, [gain], 3)).toBe(true);
  });

  it("asks for nothing where there is no gain, or it is confirmed already", () => {
    for (const verdict of ["confirmed", "tie", "no_gain", "inconclusive", null] as const) {
      const node = { ...gain, verdict, suspicious: true };
      expect(needsConfirmation(node, [node, ...children(5)], 3)).toBe(false);
    }
  });
});

describe("withdrawGain", () => {
  it("leaves a lineage's last step as none, so that its parent is the champion to look at", async () => {
    const { run, store, events, finish } = await openSimulatedRun();
    for (const [id, logGain] of [
      ["1.1", 0.08],
      ["1.1.1", 0.17],
      ["1.1.1.1", 0.16],
    ] as const) {
      const node = experimentNode(id, { ordinal: store.nodes.length });
      await store.reserve(node);
      await finish(node, id === "1.1.1.1" ? "worse" : "confirmed", logGain);
    }
    const champion = () => championOf(store.nodes, preferenceOfRun(store.record));
    const liar = champion();
    if (liar === null) throw new Error("there is no champion");
    expect(liar.id).toBe("1.1.1");

    const reason = "its gain over the root is only in what it prints";
    const withdrawn = await withdrawGain(run, liar, { reason, metrics: ["speed"] });

    expect(withdrawn).toMatchObject({ verdict: "inconclusive", suspicious: true, reason });
    expect(store.nodes.map(({ logGainFromRoot }) => logGainFromRoot.speed)).toEqual([
      undefined,
      0.08,
      0.08,
      expect.closeTo(0.07, 10),
    ]);
    expect(champion()?.id).toBe("1.1");
    expect(events.at(-1)).toMatchObject({ type: "confirmation_finished", id: "1.1.1", reason });
  });
});
