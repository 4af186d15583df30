// Tells of changes in the folders of files, as far as the file system does.

/** The folder of a path. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return end < 0 ? "." : path.slice(0, end) || "/";
}

/**
 * Watches the folders of files, and what is a folder itself: editors, certbot and Kubernetes put a new file, or a link, in the
 * place of the old one, which a watch of the file would miss. What cannot be watched is passed over: looking now and then
 * must do.
 */
export async function watchFolders(
  paths: readonly string[],
  changed: () => void,
): Promise<{ close(): void }> {
  const { statSync, watch } = await import("node:fs");
  const isFolder = (path: string): boolean =>
    statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const folders = new Set(paths.flatMap((path) => [folderOf(path), path]));
  const watchers = [...folders].flatMap((folder) => {
    try {
      if (!isFolder(folder)) return [];
      const watcher = watch(folder, { persistent: false }, changed);
      watcher.on("error", () => watcher.close());
      return [watcher];
    } catch {
      return [];
    }
  });
  return {
    close() {
      for (const watcher of watchers) watcher.close();
    },
  };
}
