import { openEngine } from '../../../cluster/engine/engine.js';
import { natsLeaders } from '../../../cluster/node/stream-leaders.js';
import { CLUSTER_NAME, NODES, type ClusterWorld } from './cluster-world.js';
import { clusterStatus } from './operate.js';

/** Has the stream of each partition led by the server on the machine of its owner: what nodes see to that it is not so. */
export async function leadBeside(world: ClusterWorld): Promise<void> {
  const engine = await openEngine({
    servers: world.servers.addresses,
    name: 'mutant',
    sync: { kind: 'stated' },
  });
  const leaders = natsLeaders(engine.main);
  const { nodes } = await clusterStatus(world);
  for (const at of NODES)
    for (const partition of nodes.find(({ node }) => node === `node-${at}`)?.owns ?? []) {
      const stream = `${CLUSTER_NAME}_P${partition}`;
      if ((await leaders.of(stream)).leader !== `s${at}`) await leaders.move(stream, `s${at}`);
    }
  await engine.stop();
}
