import { openEngine } from '../../../cluster/engine/engine.js';
import { rest } from '../../support/patience.js';
import { CLUSTER_NAME, PARTITIONS, type ClusterWorld } from './cluster-world.js';

/** What no node wrote. */
export const STRANGE = Buffer.from('not a message of a journal');

const TIMES = 12;
const PAUSE_MS = 250;

/**
 * Somebody publishes to the subjects of all journals, again and again, while owners append to them: they have to append behind what was published, and
 * whoever takes over has to read over it. `amid` is done in the middle.
 */
export async function writeStrangely(
  { servers }: Pick<ClusterWorld, 'servers'>,
  amid: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const engine = await openEngine({ servers: servers.addresses, name: 'stranger', sync: { kind: 'stated' } });
  try {
    for (let time = 0; time < TIMES; time++) {
      for (let partition = 0; partition < PARTITIONS; partition++)
        engine.main.publish(`${CLUSTER_NAME}_P${partition}`, STRANGE);
      if (time === TIMES / 2) await amid();
      await rest(PAUSE_MS);
    }
  } finally {
    await engine.stop();
  }
}
