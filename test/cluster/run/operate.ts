import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tryAgain } from '../../../cluster/engine/try-again.js';
import { builtFile } from '../../support/built.js';
import { patientlyUntil, rest } from '../../support/patience.js';
import { CLUSTER_NAME, type ClusterWorld } from './cluster-world.js';

const SERVED_MS = 60_000;
const PATIENCE = { forMs: 30_000, pause: rest };

/** What an operator says, by the command that they have. Rejects when it was not done. */
export async function admin({ servers }: ClusterWorld, ...words: readonly string[]): Promise<string> {
  const env = {
    ...process.env,
    AFTERCLICK_BUILT: undefined,
    AFTERCLICK_CLUSTER: servers.addresses.join(','),
    AFTERCLICK_CLUSTER_NAME: CLUSTER_NAME,
  };
  const command = [builtFile('gateway/admin.js'), 'cluster', ...words];
  return (await promisify(execFile)(process.execPath, command, { env })).stdout;
}

/** Nodes, and the partitions that each serves. Servers that have just come back together say nothing for some seconds. */
export async function clusterStatus(
  world: ClusterWorld,
): Promise<{ readonly nodes: readonly { readonly node: string; readonly owns: readonly number[] }[] }> {
  return JSON.parse(await tryAgain(() => admin(world, 'status', '--json'), PATIENCE)) as Awaited<
    ReturnType<typeof clusterStatus>
  >;
}

/** Waits until each gateway that runs knows an owner of each partition. */
export async function served({ nodes }: ClusterWorld): Promise<void> {
  const areServed = async (): Promise<boolean> => {
    const counts = await Promise.all(nodes.running.map((node) => away(nodes.urls[node])));
    return counts.every((count) => count === 0);
  };
  if (!(await patientlyUntil(areServed, { everyMs: 100, ms: SERVED_MS })))
    throw new Error('partitions are served by nobody a minute after a start');
}

async function away(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^afterclick_cluster_partitions_away (\d+)$/m.exec(text)?.[1]);
}
