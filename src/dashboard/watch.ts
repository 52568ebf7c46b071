import { type FSWatcher, watch } from "node:fs";

export interface WatchOptions {
  /** Folders that may not exist yet. */
  readonly folders: readonly string[];
  /** Called after each change, and every `pollMs` whether there was one or not: a watch may miss some, or be unavailable. */
  readonly onChange: () => void;
  readonly pollMs: number;
}

/** Watches for changes directly in folders. Polling is for network drives and full tables of watches. */
export function watchFolders({ folders, onChange, pollMs }: WatchOptions): Disposable {
  const watchers = new Map<string, FSWatcher>();
  const drop = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };
  const add = (folder: string) => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, onChange);
      watcher.on("error", () => drop(folder));
      watchers.set(folder, watcher);
    } catch {
      // The folder does not exist yet, or no watch is available. The next poll tries again.
    }
  };
  folders.forEach(add);
  const timer = setInterval(() => {
    folders.forEach(add);
    onChange();
  }, pollMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      [...watchers.keys()].forEach(drop);
    },
  };
}
