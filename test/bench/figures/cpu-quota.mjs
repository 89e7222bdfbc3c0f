// Groups of processes that get so much of a core and no more: cgroups of version 1 or 2. Needs root.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';
/** Short, so that who has used its share waits some milliseconds for the next one, and not a hundred. */
const PERIOD_US = 10_000;

export class CpuQuota {
  #folder;
  #share;

  constructor(folder, share) {
    this.#folder = folder;
    this.#share = share;
  }

  /** `cores` of a core, such as 0.25, from `begin` on. The caller ends it, when none of its processes runs any more. */
  static make(name, cores) {
    const quotaUs = Math.round(cores * PERIOD_US);
    return sayWhy(() =>
      existsSync(join(ROOT, 'cpu')) ? makeFirst(name, quotaUs) : makeSecond(name, quotaUs),
    );
  }

  begin() {
    sayWhy(() => {
      for (const [file, text] of this.#share) writeFileSync(join(this.#folder, file), text);
    });
  }

  /** What stands before a command that is to run in it. */
  get prefix() {
    return ['sh', '-c', `echo $$ > ${join(this.#folder, 'cgroup.procs')} && exec "$@"`, 'sh'];
  }

  end() {
    rmdirSync(this.#folder);
  }
}

function sayWhy(work) {
  try {
    return work();
  } catch (error) {
    throw new Error(
      `a group of processes cannot be given a share of a core here (as root, with cgroups?): ${error.message}`,
      { cause: error },
    );
  }
}

function makeFirst(name, quotaUs) {
  const folder = join(ROOT, 'cpu', name);
  mkdirSync(folder);
  return new CpuQuota(folder, [
    ['cpu.cfs_period_us', String(PERIOD_US)],
    ['cpu.cfs_quota_us', String(quotaUs)],
  ]);
}

function makeSecond(name, quotaUs) {
  const control = join(ROOT, 'cgroup.subtree_control');
  if (!readFileSync(control, 'utf8').split(/\s+/).includes('cpu')) writeFileSync(control, '+cpu');
  const folder = join(ROOT, name);
  mkdirSync(folder);
  return new CpuQuota(folder, [['cpu.max', `${quotaUs} ${PERIOD_US}`]]);
}
