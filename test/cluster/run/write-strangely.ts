import { openEngine } from '../../../cluster/engine/engine.js';
import { rest } from '../../support/patience.js';
import { CLUSTER_NAME, NODES, PARTITIONS, type ClusterWorld } from './cluster-world.js';

/** What no node wrote. */
export const STRANGE = Buffer.from('not a message of a journal');

const TIMES = 12;
const PAUSE_MS = 250;

/**
 * Somebody publishes to the subjects of all journals, again and again, while owners append to them, and a machine is lost in the middle: owners have to
 * append behind what was published, and whoever takes over has to read over it.
 */
export async function writeStrangely(world: ClusterWorld, random: (limit: number) => number): Promise<void> {
  const { servers } = world;
  const engine = await openEngine({ servers: servers.addresses, name: 'stranger', sync: { kind: 'stated' } });
  const lost = random(NODES.length);
  try {
    for (let time = 0; time < TIMES; time++) {
      for (let partition = 0; partition < PARTITIONS; partition++)
        engine.main.publish(`${CLUSTER_NAME}_P${partition}`, STRANGE);
      if (time === TIMES / 2) await world.killMachine(lost);
      await rest(PAUSE_MS);
    }
  } finally {
    await engine.stop();
  }
  await world.startMachine(lost);
}
