import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a figure comes from; part of every result file. */
export interface Environment {
  readonly at: string;
  /** Commit of the working tree, with `-dirty` when files differ from it; null outside a repository. */
  readonly commit: string | null;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
}

/** The machine and the code that this process runs on. */
export function environment(): Environment {
  const all = cpus();
  return {
    at: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
  };
}

function commit(): string | null {
  try {
    const cwd = dirname(fileURLToPath(import.meta.url));
    return execFileSync('git', ['describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'], {
      cwd,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  } catch {
    return null;
  }
}
