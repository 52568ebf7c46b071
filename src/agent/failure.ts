import { EngineError } from "../core/error.ts";
import type { Usage } from "../core/tree/node.ts";

/** The API or the engine failed while an agent worked. The node is not at fault, but what it used so far counts. */
export class AgentFailure extends EngineError {
  readonly usage: Usage;

  constructor(
    message: string,
    detail: { readonly hint?: string; readonly cause?: unknown; readonly usage: Usage },
  ) {
    super(message, detail);
    this.usage = detail.usage;
  }
}
