import { rest } from '../../support/patience.js';
import { NODES, type ClusterWorld } from './cluster-world.js';

/** Something that goes wrong, under load; when it is over all gateways and servers run. */
export interface ClusterFault {
  readonly name: string;
  readonly strike: (world: ClusterWorld, random: (limit: number) => number) => Promise<void>;
}

/** How long something stays away. */
const AWAY_MS = 4_000;

export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  {
    name: 'a gateway is killed',
    strike: async (world, random) => {
      const node = random(NODES.length);
      await world.kill(node);
      await rest(AWAY_MS);
      await world.start(node);
    },
  },
  {
    name: 'a NATS server is killed',
    strike: async (world, random) => {
      const server = random(NODES.length);
      await world.servers.kill(server);
      await rest(AWAY_MS);
      world.servers.spawn(server);
      await world.servers.ready();
    },
  },
  {
    name: 'a machine is lost: a gateway and the NATS server beside it',
    strike: async (world, random) => {
      const node = random(NODES.length);
      await Promise.all([world.kill(node), world.servers.kill(node)]);
      await rest(AWAY_MS);
      world.servers.spawn(node);
      await world.servers.ready();
      await world.start(node);
    },
  },
  {
    name: 'a gateway stands still, and goes on',
    strike: async (world, random) => {
      const node = random(NODES.length);
      world.freeze(node);
      await rest(AWAY_MS);
      world.wake(node);
    },
  },
  {
    name: 'a gateway is stopped in order, and started again',
    strike: async (world, random) => {
      const node = random(NODES.length);
      await world.stop(node);
      await world.start(node);
    },
  },
];
