import { type FSWatcher, watch } from "node:fs";

export interface WatchOptions {
  /** Folders that may not be there yet. */
  readonly folders: readonly string[];
  /** Called after each change, and every `pollMs` whether there was one or not: a watch may miss some, or not be had. */
  readonly onChange: () => void;
  readonly pollMs: number;
}

/** Tells of changes directly in folders. Network drives and full tables of watches are what polling is for. */
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
      // Not there yet, or no watch to be had: the next poll tries again.
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
