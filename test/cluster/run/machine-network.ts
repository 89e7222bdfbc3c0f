import { execFileSync } from 'node:child_process';
import type { Machine } from '../../support/cluster/machine.js';

/** What a slow link lets through, and how long what waits may wait. */
const SLOW = { kbit: 400, latencyMs: 300 } as const;

/**
 * Machines as network namespaces on one bridge of this machine, which is a machine among them with the address `.1`. Needs root and `ip` and
 * `tc` of iproute2: where the namespaces cannot be made, `make` throws and says so. Whatever happens, they are gone when the process ends.
 */
export class MachineNetwork {
  readonly machines: readonly Machine[];
  readonly #id = process.pid % 100_000;

  private constructor(count: number) {
    this.machines = Array.from({ length: count }, (_, at) => ({
      host: this.#address(at + 2),
      prefix: ['ip', 'netns', 'exec', this.#space(at)],
    }));
  }

  static make(count: number): MachineNetwork {
    const network = new MachineNetwork(count);
    process.once('exit', () => network.end());
    try {
      network.#build();
    } catch (error) {
      throw new Error(
        `network namespaces cannot be made here (as root, with iproute2?): ${(error as Error).message}`,
        { cause: error },
      );
    }
    return network;
  }

  /** The machine reaches nobody, and nobody reaches it. */
  cut(at: number): void {
    ip('link', 'set', this.#link(at), 'down');
  }

  mend(at: number): void {
    ip('link', 'set', this.#link(at), 'up');
  }

  /** What `from` sends to `to` does not arrive, and what `to` sends to `from` does. */
  cutOneWay(from: number, to: number): void {
    ip('-n', this.#space(from), 'route', 'add', 'blackhole', this.machines[to].host);
  }

  mendOneWay(from: number, to: number): void {
    ip('-n', this.#space(from), 'route', 'del', 'blackhole', this.machines[to].host);
  }

  /** All that the machine sends goes through a narrow link. */
  slow(at: number): void {
    const rate = ['rate', `${SLOW.kbit}kbit`, 'burst', '16kbit', 'latency', `${SLOW.latencyMs}ms`];
    run('tc', '-n', this.#space(at), 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', ...rate);
  }

  speedUp(at: number): void {
    run('tc', '-n', this.#space(at), 'qdisc', 'del', 'dev', 'eth0', 'root');
  }

  /** Takes away what there is of it. */
  end(): void {
    for (const at of this.machines.keys()) attempt('ip', 'netns', 'del', this.#space(at));
    attempt('ip', 'link', 'del', this.#bridge);
  }

  #build(): void {
    ip('link', 'add', this.#bridge, 'type', 'bridge');
    ip('address', 'add', `${this.#address(1)}/24`, 'dev', this.#bridge);
    ip('link', 'set', this.#bridge, 'up');
    for (const [at, { host }] of this.machines.entries()) {
      const space = this.#space(at);
      ip('netns', 'add', space);
      ip('link', 'add', this.#link(at), 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      ip('link', 'set', this.#link(at), 'master', this.#bridge, 'up');
      ip('-n', space, 'address', 'add', `${host}/24`, 'dev', 'eth0');
      ip('-n', space, 'link', 'set', 'eth0', 'up');
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
  }

  /** A network for each run, so that two do not meet. */
  #address(last: number): string {
    return `10.${200 + (this.#id % 50)}.${Math.floor(this.#id / 50) % 250}.${last}`;
  }

  get #bridge(): string {
    return `acb${this.#id}`;
  }

  #space(at: number): string {
    return `ac-${this.#id}-${at}`;
  }

  #link(at: number): string {
    return `acl${this.#id}-${at}`;
  }
}

function ip(...words: string[]): void {
  run('ip', ...words);
}

function run(tool: string, ...words: string[]): void {
  execFileSync(tool, words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

function attempt(tool: string, ...words: string[]): void {
  try {
    run(tool, ...words);
  } catch {
    // It is gone already, or was never made.
  }
}
