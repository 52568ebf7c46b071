import { z } from "zod";
import { shareCpus } from "../../core/cpuset.ts";

const CPUSET = /^\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*$/;

const A_CPUSET = { error: "must be a cpuset such as 0 or 0-3,5" };
const CPUSETS = { error: "must be a cpuset such as 0 or 0-3,5, or a list of them" };

export const cpuset = (what = A_CPUSET) =>
  z
    .union([z.string(), z.int().nonnegative()], what)
    .transform(String)
    .refine(isCpuset, what)
    .meta({ quantity: "cpuset" });

/** Each entry of a list is one slot for measuring. Two that share a cpu would measure each other. */
export const cpusetOrSlots = () =>
  z
    .union(
      [cpuset(CPUSETS), z.array(cpuset()).min(1, CPUSETS).refine(areApart, SLOTS_SHARE)],
      CPUSETS,
    )
    .meta({ quantity: "cpuset or list of cpusets" });

const SLOTS_SHARE = { error: "has entries that share a cpu; each is a slot of its own" };

function areApart(sets: readonly string[]): boolean {
  return sets.every((set, i) => sets.slice(i + 1).every((other) => !shareCpus(set, other)));
}

function isCpuset(cpus: string): boolean {
  return (
    CPUSET.test(cpus) &&
    cpus.split(",").every((part) => {
      const [first = "", last = first] = part.split("-");
      return Number(first) <= Number(last);
    })
  );
}
