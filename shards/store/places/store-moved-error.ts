import { dirname } from 'node:path';

/** A file or folder of a store is not at its path any more: what is written to it now is lost with the process. */
export class StoreMovedError extends Error {
  constructor(path: string, what: string) {
    super(
      `${path} ${what} while the gateway runs: what it writes now would be lost with it, so nothing is taken and nothing ` +
        `acknowledged. Put ${dirname(path)} back as it was and it goes on by itself; otherwise end the gateway and restore a snapshot`,
    );
    this.name = 'StoreMovedError';
  }
}
