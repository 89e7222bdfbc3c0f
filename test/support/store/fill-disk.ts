import { closeSync, openSync, rmSync, writeSync } from 'node:fs';

/** Leaves no byte free on the disk of `folder`. */
export function fillDisk(folder: string): void {
  const file = openSync(`${folder}/fill`, 'a');
  for (const bytes of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(bytes));
    } catch {
      // Full, for pieces of this size.
    }
  }
  closeSync(file);
}

/** Takes away what `fillDisk` wrote. */
export function freeDisk(folder: string): void {
  rmSync(`${folder}/fill`, { force: true });
}
