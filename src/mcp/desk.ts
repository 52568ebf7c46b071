import { UserError } from "../core/error.ts";
import type { WorkspaceFile } from "../core/file.ts";
import type { ExperimentNode } from "../core/tree/node.ts";
import type { Counter } from "../loop/handing-in.ts";
import type { JobWork } from "../store/job.ts";
import type { Project } from "../store/project.ts";
import type { StoredRun } from "../store/stored-run.ts";
import type { Reply } from "./reply.ts";

/** A command that answers at once, as somebody would type it. */
export type Ask =
  | { readonly command: "runs" }
  | {
      readonly command: "tree";
      readonly run?: number | undefined;
      readonly best?: number | undefined;
      readonly verdict?: string | undefined;
      readonly all?: boolean | undefined;
    }
  | {
      readonly command: "show";
      readonly id: string;
      readonly log?: "build" | "verify" | "bench" | undefined;
    }
  | { readonly command: "diff"; readonly id: string; readonly other?: string | undefined }
  | { readonly command: "context"; readonly id: string }
  | { readonly command: "note"; readonly id: string; readonly text: string }
  | { readonly command: "pin" | "freeze"; readonly id: string; readonly remove: boolean }
  | { readonly command: "stop" | "init_check" }
  | { readonly command: "apply"; readonly id: string };

/** What agents may look at. Whatever it gives is fit for them. */
interface Window {
  /** `null` where nothing was ever started. */
  project(): Promise<Project | null>;
  /** Whether something is hidden from agents, by loopty.yaml or by the last run. */
  hides(): Promise<boolean>;
  /** The node that somebody means, as commands understand it. Throws `UserError` for anything else. */
  find(text: string): Promise<FoundNode>;
  /** The same text and JSON as the command prints. Throws what the command throws. */
  ask(ask: Ask): Promise<Reply>;
}

/** What agents may have done. */
interface Intake {
  /** Where changes for a run are handed in, by loopty.yaml and the workspace as they stand. */
  counter(run: StoredRun): Promise<OpenCounter>;
  /** Has a process of its own do the work, which goes on when this one ends. Returns the job's number. */
  start(work: JobWork): Promise<number>;
}

/** What the tools need of loopty's commands. */
export type Desk = Window & Intake;

export interface FoundNode {
  readonly run: StoredRun;
  readonly node: ExperimentNode;
}

export interface OpenCounter extends Counter {
  /** The writable files of the workspace as they stand. */
  readonly workspaceFiles: () => readonly WorkspaceFile[];
}

/** Throws `UserError` where nothing was ever started. */
export async function requireProject(desk: Pick<Desk, "project">): Promise<Project> {
  const project = await desk.project();
  if (project !== null) return project;
  throw neverRun();
}

/** For what needs a run, in a project without one. */
export function neverRun(): UserError {
  return new UserError(NEVER_RUN, { hint: FIRST });
}

export const NEVER_RUN = "loopty was never run here";

/** What an agent does first in a project without a run. */
export const FIRST =
  "doctor checks the project, then run_start { experiments: 0 } measures the baseline";
