/** What the containers of an agent have besides the workspace. */
export interface Equipment {
  /** `null` where it needs nothing of npm. */
  readonly packages: AgentPackages | null;
  /** Root's files, for the agent to read and run. Paths are relative to `/`. */
  readonly files: readonly EquipmentFile[];
}

export interface EquipmentFile {
  readonly path: string;
  readonly content: Buffer;
  /** Permission bits. */
  readonly mode: 0o444 | 0o555;
}

/**
 * npm packages in a volume that only agents' containers have, so that what is measured stays as it is. `$CPU` stands for
 * npm's word for the container's processor: `x64` or `arm64`.
 */
export interface AgentPackages {
  /** Names at exact versions, such as `opencode-linux-$CPU@1.18.33`. */
  readonly specs: readonly string[];
  /** Programs by name, with their paths below `node_modules`. */
  readonly programs: Readonly<Record<string, string>>;
}

/** Where the packages are. `bin` in it has the programs. */
export const PACKAGES_FOLDER = "/opt/loopty/agent";

export const NO_EQUIPMENT: Equipment = { packages: null, files: [] };
