import { describe, expect, it } from "vitest";
import { IDLE } from "../../src/agent/idle.ts";
import { ModelShares } from "../../src/agent/model-shares.ts";
import { PRICES } from "../../src/core/budget/price-table.ts";
import { parseId } from "../../src/core/tree/id.ts";
import { NO_USAGE } from "../../src/core/tree/node.ts";

const modelOf = (name: string, price = PRICES[name] ?? null) => ({
  name,
  price,
  usageIn: () => ({ usage: NO_USAGE, lostLines: 0 }),
});
const sharing = (shares: Readonly<Record<string, number>>, seed = 7) =>
  new ModelShares(
    Object.entries(shares).map(([name, share]) => ({ agent: IDLE, model: modelOf(name), share })),
    seed,
  );
const ids = Array.from({ length: 1000 }, (_, k) => parseId(`1.${k + 1}`));
const namesFor = (shares: ModelShares) => ids.map((id) => shares.modelFor(id).name);

describe("models that share the experiments of a run", () => {
  it("get about their shares, whatever the shares add up to", () => {
    const names = namesFor(sharing({ cheap: 7, strong: 3 }));
    const cheap = names.filter((name) => name === "cheap").length;
    expect(cheap).toBeGreaterThan(650);
    expect(cheap).toBeLessThan(750);
  });

  it("are drawn by the node's id and the seed alone", () => {
    const shares = { cheap: 0.7, strong: 0.3 };
    expect(namesFor(sharing(shares))).toEqual(namesFor(sharing(shares)));
    expect(namesFor(sharing(shares))).not.toEqual(namesFor(sharing(shares, 8)));
  });

  it("are paid for as the dearest, and one of unknown price is that", () => {
    const known = { "claude-haiku-5-5": 0.7, "claude-opus-5-5": 0.2, "claude-sonnet-5-5": 0.1 };
    expect(sharing(known).paidModel.name).toBe("claude-opus-5-5");
    expect(sharing({ ...known, mine: 0.1 }).paidModel).toMatchObject({ name: "mine", price: null });
  });
});
