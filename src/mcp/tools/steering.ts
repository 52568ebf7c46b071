import { z } from "zod";
import { MAX_NOTE_LENGTH } from "../../core/tree/steering.ts";
import type { Desk } from "../desk.ts";
import { nodeInput } from "./looking.ts";
import { type AddTool, tool } from "./tool.ts";

const remove = z.boolean().optional().describe("take the mark away again");

/** What an agent may say to a run that grows, or to the next. */
export function steeringTools(desk: Desk): AddTool[] {
  return [
    tool({
      name: "note",
      title: "Leave a note",
      description:
        "Tells something to the agents of loopty that work on top of a node from now on.",
      input: z.strictObject({ id: nodeInput, text: z.string().trim().min(1).max(MAX_NOTE_LENGTH) }),
      reach: "adds",
      call: (input) => desk.ask({ command: "note", ...input }),
    }),
    tool({
      name: "pin",
      title: "Pin a node",
      description: "Has loopty's own search expand a node before any other.",
      input: z.strictObject({ id: nodeInput, remove }),
      reach: "adds",
      call: ({ id, remove = false }) => desk.ask({ command: "pin", id, remove }),
    }),
    tool({
      name: "freeze",
      title: "Freeze a node",
      description: "Keeps loopty's own search from expanding a node again.",
      input: z.strictObject({ id: nodeInput, remove }),
      reach: "adds",
      call: ({ id, remove = false }) => desk.ask({ command: "freeze", id, remove }),
    }),
    tool({
      name: "stop",
      title: "Stop the run",
      description:
        "Has the loopty that grows the tree finish what runs, measure the result and end. Nothing is lost.",
      input: z.strictObject({}),
      reach: "adds",
      call: () => desk.ask({ command: "stop" }),
    }),
  ];
}
