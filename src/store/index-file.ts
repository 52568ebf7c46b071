import { basename } from "node:path";
import { type Adapter, Low } from "lowdb";
import { z } from "zod";
import { type NodeId, parentId, runOf } from "../core/tree/id.ts";
import { type ExperimentNode, experimentNodeSchema } from "../core/tree/node.ts";
import { oneAtATime, writeWholeFile } from "./files/atomic-file.ts";
import { FORMAT_VERSION, readJsonFile, requireValue } from "./files/json-file.ts";

const indexSchema = z
  .strictObject({
    formatVersion: z.literal(FORMAT_VERSION),
    nodes: z.array(experimentNodeSchema),
  })
  // A transform, as a refinement would also run for nodes that are none.
  .transform((index, context) => {
    const { nodes } = index;
    const earlier = new Set<NodeId>();
    for (const [i, node] of nodes.entries()) {
      const message = misplaced(node, earlier, nodes[0]);
      if (message !== null) context.addIssue({ code: "custom", path: ["nodes", i, "id"], message });
      earlier.add(node.id);
    }
    return index;
  });

/**
 * Why a node cannot follow these nodes, the first of which is `root`. Code that climbs or draws the tree trusts that it
 * is one.
 */
function misplaced(
  { id, parent }: ExperimentNode,
  earlier: ReadonlySet<NodeId>,
  root: ExperimentNode | undefined,
): string | null {
  if (earlier.has(id)) return `${id} twice`;
  if (parent !== parentId(id)) return `${id} names another parent than its own`;
  if (parent !== null && !earlier.has(parent)) return `${id} stands before its parent`;
  return root === undefined || runOf(id) === runOf(root.id) ? null : `${id} is of another run`;
}

interface Index {
  readonly formatVersion: typeof FORMAT_VERSION;
  readonly nodes: readonly ExperimentNode[];
}
const EMPTY: Index = { formatVersion: FORMAT_VERSION, nodes: [] };

/**
 * The index `tree.json` of a run: its nodes in order of reservation, in memory and on disk. `tree.json.bak` is the
 * index as it was before the last save.
 */
export class IndexFile {
  readonly #low: Low<Index>;
  readonly #places: Map<NodeId, number>;
  readonly #write: () => Promise<void>;

  private constructor(low: Low<Index>) {
    this.#low = low;
    this.#places = new Map(low.data.nodes.map((node, i) => [node.id, i]));
    this.#write = oneAtATime(() => low.write());
  }

  static async create(path: string): Promise<void> {
    await writeWholeFile(path, indexText(EMPTY));
  }

  /** Throws `UserError` for an index that is missing, damaged or newer, and says what the backup holds. */
  static async open(path: string): Promise<IndexFile> {
    const low = new Low<Index>(new WholeFileAdapter(path), EMPTY);
    await low.read();
    return new IndexFile(low);
  }

  /** A list that later saves do not change. */
  get nodes(): readonly ExperimentNode[] {
    return this.#low.data.nodes;
  }

  node(id: NodeId): ExperimentNode | null {
    const place = this.#places.get(id);
    return place === undefined ? null : (this.nodes[place] ?? null);
  }

  /** Resolves when the node is on disk. Adding an id twice is a bug and throws. */
  async add(node: ExperimentNode): Promise<void> {
    const checked = experimentNodeSchema.parse(node);
    if (this.#places.has(node.id)) throw new Error(`node ${node.id} is there already`);
    this.#places.set(node.id, this.nodes.length);
    await this.#save([...this.nodes, checked]);
  }

  /** Resolves when the nodes are on disk, all of them or none. Replacing an unknown id is a bug and throws. */
  async replace(...replaced: readonly ExperimentNode[]): Promise<void> {
    const nodes = [...this.nodes];
    for (const node of replaced) {
      const place = this.#places.get(node.id);
      if (place === undefined) throw new Error(`node ${node.id} was never reserved`);
      // What is saved must load again. A NaN would only be found when it is too late.
      nodes[place] = experimentNodeSchema.parse(node);
    }
    await this.#save(nodes);
  }

  async #save(nodes: readonly ExperimentNode[]): Promise<void> {
    this.#low.data = { formatVersion: FORMAT_VERSION, nodes };
    await this.#write();
  }
}

/** lowdb's own adapter renames too, but never asks the disk to keep what it wrote. */
class WholeFileAdapter implements Adapter<Index> {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<Index> {
    const reading = await readJsonFile<Index>(this.#path, indexSchema);
    return requireValue(reading, this.#path, () => recoveryHint(this.#path));
  }

  async write(index: Index): Promise<void> {
    await writeWholeFile(this.#path, indexText(index), { backup: backupOf(this.#path) });
  }
}

// Nodes are never changed in place, so the text of one that was not saved again still holds. At 10,000 nodes this makes
// a save several times faster.
const texts = new WeakMap<ExperimentNode, string>();

/** One node a line, for grep and diff. */
function indexText({ formatVersion, nodes }: Index): string {
  const lines = nodes.map((node) => {
    const known = texts.get(node);
    if (known !== undefined) return known;
    const text = JSON.stringify(node);
    texts.set(node, text);
    return text;
  });
  return `{"formatVersion":${formatVersion},"nodes":[\n${lines.join(",\n")}\n]}\n`;
}

async function recoveryHint(path: string): Promise<string> {
  const backup = backupOf(path);
  const reading = await readJsonFile<Index>(backup, indexSchema);
  if (reading.kind !== "ok") return `there is no whole backup; ${basename(path)} was left as it is`;
  const { value, writtenAt } = reading;
  return `${backup} is whole, with ${value.nodes.length} nodes of ${writtenAt.toISOString()}: copy it over ${basename(path)} to go on from there`;
}

function backupOf(path: string): string {
  return `${path}.bak`;
}
