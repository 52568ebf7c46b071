import { z } from "zod";
import { nodeIdSchema } from "./id.ts";
import { comparisonSchema } from "./node.ts";

/** A fresh measurement of a champion against its root. */
export const resultSchema = z.strictObject({
  champion: nodeIdSchema,
  comparison: comparisonSchema,
});
