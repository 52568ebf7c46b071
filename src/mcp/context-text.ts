import { z } from "zod";
import { cutLines } from "../core/prompt/cut-text.ts";

const contextSchema = z.object({ system: z.string(), shared: z.string(), task: z.string() });

/**
 * The sections of loopty's own prompt that help whoever changes the code elsewhere, and how many bytes each may take. What they say
 * of a container and its tools is not for them.
 */
const SECTIONS = [
  ["problem_statement", 900],
  ["access_policy", 500],
  ["metric_definitions", 400],
  ["already_tried_here", 900],
  ["lineage_to_parent", 600],
  ["user_notes", 300],
] as const;

/** Of these, what is the same in every project is left out. */
const RULES_ONLY: ReadonlySet<string> = new Set(["access_policy", "metric_definitions"]);

/** The prompt for the next child of a node, in short. */
export function contextDigest(json: unknown): string {
  const { system, shared, task } = contextSchema.parse(json);
  const text = `${system}\n${shared}\n${task}`;
  return SECTIONS.flatMap(([tag, mostBytes]) => {
    const section = new RegExp(`^<${tag}>\n([\\s\\S]*?)\n</${tag}>$`, "m").exec(text)?.[1];
    if (section === undefined) return [];
    const told = RULES_ONLY.has(tag) ? afterIntro(section) : section;
    return [`${tag.replaceAll("_", " ")}:\n${cutLines(told, mostBytes)}`];
  }).join("\n\n");
}

/** The list after the line that introduces it, which is the last that ends in a colon at its own level. */
function afterIntro(section: string): string {
  const lines = section.split("\n");
  const intro = lines.findLastIndex((line) => /^The (rules|metrics):$/.test(line));
  return lines.slice(intro + 1).join("\n");
}
