import type { Quantity } from "./quantity.ts";

type Kind = Omit<Quantity, "samples">;

/** Samples of reports that name the benchmark again with every one of them. */
export class SampleCollection {
  readonly #byName = new Map<string, { readonly kind: Kind; readonly samples: number[] }>();

  add(kind: Kind, ...samples: readonly number[]): void {
    const name = JSON.stringify([kind.benchmark, kind.measure]);
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, { kind, samples: [...samples] });
    else for (const sample of samples) known.samples.push(sample);
  }

  /** In the order in which they were first named. */
  quantities(): Quantity[] {
    return [...this.#byName.values()].map(({ kind, samples }) => ({ ...kind, samples }));
  }
}
