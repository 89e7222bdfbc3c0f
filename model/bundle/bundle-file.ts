import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** Bytes that a file of a bundle may have: what can be read at once. */
const FILE_BYTES_MAX = 2_000_000_000;

/**
 * Where a file of a bundle is, links followed. Rejects with what is wrong when it leads out of the folder, is no regular file (a
 * pipe or a device might never end), or is longer than `bytesMax`.
 */
export async function bundleFile(folder: string, name: string, bytesMax = FILE_BYTES_MAX): Promise<string> {
  const [inside, path] = await Promise.all([realpath(folder), realpath(join(folder, name))]);
  if (!path.startsWith(inside + sep)) throw new Error(`it leads out of the folder, to ${path}`);
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is no regular file');
  if (found.size > bytesMax)
    throw new Error(`it has ${found.size} bytes, more than the ${bytesMax} that are read`);
  return path;
}
