import { z } from "zod";
import { type AccessRules, compileAccess } from "../../core/access/policy.ts";
import { messageOf } from "../../core/error.ts";
import { patterns, refuse } from "./path-field.ts";
import { patternProblem } from "./pattern.ts";

export const accessSchema = z
  .strictObject({
    writable: patterns()
      .min(1, { error: "must name at least one file, folder/ or glob" })
      .describe("what the agent may change: files, folders (trailing `/`) or globs"),
    readable: patterns()
      .default([])
      .describe("what it may read, where `default` or a wider rule hides it"),
    hidden: patterns()
      .default([])
      .describe("what it cannot see; put in only while verify and benchmark run"),
    default: z
      .enum(["readable", "hidden"])
      .default("readable")
      .describe("what holds for everything that no rule names; the most specific rule wins"),
  })
  .superRefine(refuse(accessProblem));

/** Problems that only all rules together show: ties. */
function accessProblem(rules: AccessRules): string | null {
  const each = [...rules.writable, ...rules.readable, ...rules.hidden];
  if (rules.writable.length === 0 || each.some((rule) => patternProblem(rule) !== null))
    return null;
  try {
    compileAccess(rules);
    return null;
  } catch (error) {
    return messageOf(error).replace(/^access: /, "");
  }
}
