import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from '../cluster/machine.js';

/** A folder or file of this machine, and where a container has it. */
export interface Mount {
  readonly from: string;
  readonly path: string;
  readonly isReadOnly?: boolean;
}

export interface ContainerPlan {
  /** Whose network it has. */
  readonly machine: Machine;
  /** A folder for what it writes outside of its mounts, and for its hosts. */
  readonly scratch: string;
  /** Addresses by the names of other containers. */
  readonly hosts: Readonly<Record<string, string>>;
  /** User and group. */
  readonly user: number;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly mounts: readonly Mount[];
  readonly isRootReadOnly?: boolean;
}

/**
 * Makes the root of a container from that of this machine, in a mount namespace of its own: what is written to it goes to memory, and mounts are where the
 * container has them. Arguments: scratch folder, user, working directory, `ro` or `rw`, mounts as `from path ro|rw`, `--`, command.
 */
const ENTER = `set -e
scratch=$1 user=$2 workdir=$3 mode=$4; shift 4
mount -t tmpfs tmpfs "$scratch"
root=$scratch/root
mkdir "$scratch/upper" "$scratch/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$root"
for path in proc dev sys; do mount --rbind "/$path" "$root/$path"; done
mkdir -p "$root$workdir"
while [ "$1" != -- ]; do
  mkdir -p "$root$(dirname "$2")"
  if [ -d "$1" ]; then mkdir -p "$root$2"; else touch "$root$2"; fi
  mount --bind "$1" "$root$2"
  [ "$3" = rw ] || mount -o remount,bind,ro "$root$2"
  shift 3
done
shift
[ "$mode" = rw ] || mount -o remount,ro "$root"
exec chroot --userspec="$user:$user" "$root" sh -c 'cd "$1"; shift; exec setpriv --pdeathsig KILL "$@"' sh "$workdir" "$@"`;

const OWN_MOUNTS = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'sh'];

/** What a container would be where no runtime for containers is: processes with its root, network, user and environment. Needs root. */
export class HandContainer {
  readonly #plan: ContainerPlan;
  #process: ChildProcess | undefined;
  #log = '';

  constructor(plan: ContainerPlan) {
    this.#plan = plan;
  }

  get log(): string {
    return this.#log;
  }

  /** Starts what it is for. It ends with this process. */
  start(command: readonly string[]): void {
    const [tool, ...args] = this.#enter(command);
    this.#process = spawn(tool, args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.on('data', (text: Buffer) => (this.#log = (this.#log + text.toString()).slice(-8_000)));
  }

  /** A command besides, as `docker exec` would run it: resolves with what it says, rejects when it fails. */
  async exec(command: readonly string[]): Promise<string> {
    const [tool, ...args] = this.#enter(command);
    return (await promisify(execFile)(tool, args, { env: this.#env })).stdout;
  }

  /** Resolves with the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    return ((await ended) as [number | null])[0];
  }

  get #env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', ...this.#plan.env };
  }

  #enter(command: readonly string[]): string[] {
    const { machine, scratch, hosts, user, workdir, mounts, isRootReadOnly = false } = this.#plan;
    const own = mkdtempSync(join(scratch, 'root-'));
    const names = join(scratch, 'hosts');
    const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
    writeFileSync(names, `127.0.0.1 localhost\n${lines.join('')}`);
    const all = [...mounts, { from: names, path: '/etc/hosts' }];
    return [
      ...machine.prefix,
      ...OWN_MOUNTS,
      own,
      String(user),
      workdir,
      isRootReadOnly ? 'ro' : 'rw',
      ...all.flatMap(({ from, path, isReadOnly = false }) => [from, path, isReadOnly ? 'ro' : 'rw']),
      '--',
      ...command,
    ];
  }
}
