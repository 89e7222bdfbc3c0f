import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const IMAGE_BYTES = 2 * 1024 ** 3;
/** Nothing is written to the disk by itself before so many seconds, so that what is not synced is lost. */
const COMMIT_SECONDS = 120;

/**
 * The disk of a machine: ext4 on an image of its own. When the power goes it has what was synced, and of the rest what the kernel has written already; a
 * file system that is mounted again mends itself from its journal, as after a real cut. Needs root. Unmounted when the process ends.
 */
export class MachineDisk {
  /** Where it is mounted. */
  readonly folder: string;
  readonly #image: string;

  private constructor(folder: string, image: string) {
    this.folder = folder;
    this.#image = image;
  }

  static make(folder: string, name: string): MachineDisk {
    const disk = new MachineDisk(join(folder, name), join(folder, `${name}.image`));
    mkdirSync(disk.folder);
    writeFileSync(disk.#image, '');
    truncateSync(disk.#image, IMAGE_BYTES);
    run('mkfs.ext4', '-q', '-F', disk.#image);
    disk.#mount();
    process.once('exit', () => disk.#unmount());
    return disk;
  }

  /** Nobody runs on it any more. From now on it has what a power cut at this moment would have left. */
  cutPower(): void {
    const left = `${this.#image}.left`;
    run('cp', '--sparse=always', this.#image, left);
    this.#unmount();
    renameSync(left, this.#image);
    this.#mount();
  }

  end(): void {
    this.#unmount();
  }

  #mount(): void {
    run('mount', '-o', `loop,commit=${COMMIT_SECONDS}`, this.#image, this.folder);
  }

  #unmount(): void {
    try {
      run('umount', this.folder);
    } catch {
      // It was not mounted.
    }
  }
}

function run(tool: string, ...words: string[]): void {
  execFileSync(tool, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}
