import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { StartupError } from '../../metrics/process/startup-error.js';
import { makeFolderDurably } from '../../metrics/process/durable-files.js';

/** A data folder that no other gateway of this machine can claim meanwhile. */
export interface FolderClaim {
  release(): void;
}

/**
 * Makes the folder when it is missing, and claims it, because two gateways cannot write to one folder: each would replace the
 * other's stores until one of them gives up. The claim is a socket in Linux's abstract namespace, named after the folder's inode. The kernel
 * drops it with the process, however that ends, so none is ever left over. Where there are no such sockets the claim always succeeds.
 * Rejects with `StartupError` `data_folder_in_use`, or with the error of the file system when there can be no folder.
 */
export async function claimFolder(folder: string): Promise<FolderClaim> {
  await makeFolderDurably(folder);
  const { dev, ino } = statSync(folder, { bigint: true });
  if (process.platform !== 'linux') return { release: () => undefined };
  const server = createServer((socket) => socket.destroy()).unref();
  const problem = await bind(server, `\0afterclick-${dev}-${ino}`);
  if (problem?.code === 'EADDRINUSE') {
    throw new StartupError(
      'data_folder_in_use',
      `another gateway runs on the data folder ${folder}, and goes on. End it first, or name another folder with AFTERCLICK_DATA_DIR.`,
    );
  }
  return { release: () => void server.close() };
}

/** Listens on a local socket. Resolves with the error when it cannot. */
function bind(server: Server, path: string): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen({ path }, () => resolve(undefined));
  });
}
