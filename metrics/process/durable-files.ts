import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Forces a file's content to the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Forces a folder's list of names to the disk, so that files made or renamed in it survive power loss. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Makes a folder and the missing ones above it, so that all of them survive power loss. */
export async function makeFolderDurably(path: string): Promise<void> {
  if (existsSync(path)) return;
  const parent = dirname(resolve(path));
  await makeFolderDurably(parent);
  await makeFolder(path);
  await syncFolder(parent);
}

/** Not by Node's recursive mkdir, which never returns where a parent exists but takes no folders (in /proc, say). */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Writes a file so that it is there whole or not at all, also after power loss. */
export async function writeFileDurably(path: string, text: string | Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  await writeFile(partial, text);
  await syncFile(partial);
  await renameDurably(partial, path);
}

/** Renames within one folder, or between two on one disk, and forces the new name to the disk. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Removes a file, so that it is not there again after power loss. */
export async function removeFileDurably(path: string): Promise<void> {
  await rm(path);
  await syncFolder(dirname(resolve(path)));
}
