import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('failing-disk.c', import.meta.url));

/** How a disk answers. */
export type DiskError = 'EIO' | 'ENOSPC' | 'EROFS';

/** A disk whose writes and syncs can be made to fail, for a program that is started with `env`. */
export class FailingDisk {
  /** What the program's environment needs beside its own. */
  readonly variables: Readonly<Record<string, string>>;
  readonly env: NodeJS.ProcessEnv;
  readonly #plan: string;
  #change = 0;

  /** Of files whose path contains `path`; what it needs is put into `folder`. It needs a C compiler (`cc`). */
  constructor(folder: string, path: string) {
    const library = `${folder}/failing-disk.so`;
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, SOURCE, '-ldl', '-lpthread']);
    this.#plan = `${folder}/failing-plan`;
    this.#write('');
    this.variables = { LD_PRELOAD: library, FAILING_PATH: path, FAILING_PLAN: this.#plan };
    this.env = { ...process.env, ...this.variables };
  }

  /** After `skip` calls that go well, so many fail. */
  fail(call: 'write' | 'sync', error: DiskError, { skip = 0, count = 1_000_000 } = {}): void {
    this.#write(`${call} ${constants.errno[error]} ${skip} ${count}`);
  }

  heal(): void {
    this.#write('');
  }

  /** The same plan again is another one. */
  #write(plan: string): void {
    writeFileSync(this.#plan, `${plan} ${++this.#change}\n`);
  }
}
