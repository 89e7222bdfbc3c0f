import { rest } from '../../support/patience.js';
import { changeItems } from './change-items.js';
import { GUEST, NODES, type ClusterWorld } from './cluster-world.js';
import { mergeVisitors } from './merge-visitors.js';
import { admin, served } from './operate.js';
import { swapModel } from './swap-model.js';
import { writeStrangely } from './write-strangely.js';

/** Something that goes wrong, under load; when it is over all gateways and servers run. */
export interface ClusterFault {
  readonly name: string;
  /** True when nothing runs for a while: how long lists are away says nothing then. */
  readonly isOfAll?: boolean;
  readonly strike: (world: ClusterWorld, random: (limit: number) => number) => Promise<void>;
}

/** How long something stays away. */
const AWAY_MS = 4_000;
/** How long an operator waits, on a machine with much else to do. */
const PATIENCE_SECONDS = '300';

/** `faketime` of Debian; a gateway that is started with it has another wall clock, and the same monotonic one. */
const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** As far as docs/CLUSTER.md lets clocks differ. */
const SKEW_MS = 500;

export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  {
    name: 'a gateway is killed',
    strike: async ({ nodes }, random) => {
      const node = random(NODES.length);
      await nodes.kill(node);
      await rest(AWAY_MS);
      await nodes.start(node);
    },
  },
  {
    name: 'a NATS server is killed',
    strike: async ({ servers }, random) => {
      const server = random(NODES.length);
      await servers.kill(server);
      await rest(AWAY_MS);
      servers.spawn(server);
      await servers.ready();
    },
  },
  {
    name: 'a machine is lost: a gateway and the NATS server beside it',
    strike: async (world, random) => {
      const at = random(NODES.length);
      await world.killMachine(at);
      await rest(AWAY_MS);
      await world.startMachine(at);
    },
  },
  {
    name: 'a gateway stands still, and goes on',
    strike: async ({ nodes }, random) => {
      const node = random(NODES.length);
      nodes.freeze(node);
      await rest(AWAY_MS);
      nodes.wake(node);
    },
  },
  {
    name: 'a machine stands still, and goes on',
    strike: async ({ nodes, servers }, random) => {
      const at = random(NODES.length);
      nodes.freeze(at);
      servers.freeze(at);
      await rest(AWAY_MS);
      servers.thaw(at);
      nodes.wake(at);
    },
  },
  {
    name: 'a machine is cut off',
    strike: async ({ network }, random) => {
      const at = random(NODES.length);
      network.cut(at);
      await rest(AWAY_MS);
      network.mend(at);
    },
  },
  {
    name: 'a machine reaches another one no more, which reaches it still',
    strike: async ({ network }, random) => {
      const from = random(NODES.length);
      const to = (from + 1 + random(NODES.length - 1)) % NODES.length;
      network.cutOneWay(from, to);
      await rest(AWAY_MS);
      network.mendOneWay(from, to);
    },
  },
  {
    name: 'the link of a machine is slow',
    strike: async ({ network }, random) => {
      const at = random(NODES.length);
      network.slow(at);
      await rest(AWAY_MS);
      network.speedUp(at);
    },
  },
  {
    name: 'a gateway is started again with a clock that is ahead or behind',
    strike: async ({ nodes }, random) => {
      const node = random(NODES.length);
      const sign = random(2) === 0 ? '+' : '-';
      nodes.change(node, {
        LD_PRELOAD: FAKETIME,
        FAKETIME: `${sign}${SKEW_MS / 1_000}`,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      });
      await nodes.stop(node);
      await nodes.start(node);
      await rest(AWAY_MS);
      nodes.change(node, { LD_PRELOAD: '', FAKETIME: '+0' });
      await nodes.stop(node);
      await nodes.start(node);
    },
  },
  {
    name: 'all gateways are started again, one after the other, each drained first',
    strike: async (world) => {
      for (const node of NODES) {
        await admin(world, 'drain', `node-${node}`, '--restart', '--seconds', PATIENCE_SECONDS);
        await world.nodes.stop(node);
        await world.nodes.start(node);
        await served(world);
      }
    },
  },
  {
    name: 'a gateway joins, and leaves for good',
    strike: async (world) => {
      await world.nodes.start(GUEST);
      await served(world);
      await rest(AWAY_MS);
      await admin(world, 'drain', `node-${GUEST}`, '--seconds', PATIENCE_SECONDS);
      await world.nodes.stop(GUEST);
      await admin(world, 'evict', `node-${GUEST}`, '--gone');
    },
  },
  { name: 'another model, and a machine is lost in the middle', strike: swapModel },
  {
    name: 'items change at every gateway, and one of them is killed',
    strike: changeItems,
  },
  { name: 'visitors become users, and a machine is lost in the middle', strike: mergeVisitors },
  { name: 'a stranger writes to all journals', strike: (world) => writeStrangely(world) },
  {
    name: 'while a stranger writes to all journals a machine is lost',
    strike: async (world, random) => {
      const at = random(NODES.length);
      await writeStrangely(world, () => world.killMachine(at));
      await world.startMachine(at);
    },
  },
  {
    name: 'the power of all machines goes, and comes back',
    isOfAll: true,
    strike: (world) => world.cutPower(),
  },
];
