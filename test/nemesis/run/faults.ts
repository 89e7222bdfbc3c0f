import type { FaultOrder } from '../armed/armed-fault-point.js';
import { fillDisk, freeDisk } from '../../support/store/fill-disk.js';
import { callJson } from '../../support/gateway/http-json.js';
import { patiently, patientlyUntil, patientTimer, rest } from '../../support/patience.js';
import type { World } from './world.js';

/** Something that befalls the gateway or its clients while they are at work. It may be dead afterwards, or alive. */
export interface Fault {
  readonly name: string;
  readonly strike: (world: World) => Promise<void>;
}

/** Load before a fault by the clock. */
const SOON_MS = 250;
const PAUSE_MS = 600;
/** The disk stays full for so long. */
const FULL_MS = 700;
const EXIT_MS = 15_000;

/** Next to nothing of a journal; and entries that it has before it is cut. */
const KEPT_BYTES = 1;
const KEPT_FROM = 200;

/** Shards that a change of their number goes to. */
const SHARDS_MAX = 3;

type Strike = Fault['strike'];

/** Points that any load passes, and how many passes at most are let by. */
const COMMIT_POINTS: readonly (readonly [string, number])[] = [
  ['commit.beforeWrite', 40],
  ['commit.handedOver', 40],
  ['commit.beforeAck', 40],
  ['shard.tick', 40],
  ['sweep.states', 4],
  ['merge.giving', 2],
  ['merge.given', 2],
  ['merge.merged', 2],
  ['merge.forgotten', 2],
  ['journal.beforeWrite', 40],
  ['journal.handedOver', 40],
  ['journal.written', 40],
  ['journal.prepared', 3],
  ['journal.begun', 3],
  ['journal.named', 3],
  ['rows.beforeCommit', 4],
  ['rows.committed', 4],
  ['erase.visitors', 2],
  ['erase.begun', 4],
  ['erase.keyGone', 4],
  ['erase.done', 4],
  ['erase.home', 2],
];
/** µs between handing a commit or a group over and the kill: writing and syncing are on their way then. */
const WRITE_US = 2_500;

const SNAPSHOT_POINTS = [
  'snapshot.copied',
  'snapshot.beforeRename',
  'snapshot.shards',
  'snapshot.beforeManifest',
  'snapshot.beforePublish',
  'snapshot.pruning',
];
const SWAP_POINTS = ['swap.rebuilding', 'swap.adopting', 'swap.beforeRecord'];
/** In which clients click enough for a journal that can be cut. */
const LONG_ENOUGH_MS = 60_000;
/** In which a snapshot is made, also by a machine that has much else to do. */
const SNAPSHOT_MS = 60_000;
/** In which a small journal is cut to its bounds. */
const COMPACTED_MS = 2_000;
const COMPACTION_POINTS = [
  'compaction.dropping',
  'compaction.handedOver',
  'journal.dropping',
  'journal.dropped',
  'compaction.dropped',
];
/** In which visitors who passed are forgotten after a start. */
const FORGOTTEN_MS = 2_000;
const RETENTION_POINTS = ['retention.chosen', 'retention.handedOver'];
const START_POINTS = ['catchUp.begun', 'catchUp.done', 'recovery.done'];
const RESHARD_POINTS = ['reshard.begun', 'reshard.copied', 'reshard.placed', 'reshard.cleaned'];

/** All of them; a run takes them in an order of its own, each once before any comes again. */
export const FAULTS: readonly Fault[] = [
  { name: 'kill', strike: killSoon },
  { name: 'kill twice', strike: killTwice },
  { name: 'stop in order', strike: stopInOrder },
  { name: 'pause', strike: pause },
  { name: 'full disk', strike: (world) => fullDisk(world, false) },
  { name: 'kill on a full disk', strike: (world) => fullDisk(world, true) },
  { name: 'kill clients', strike: killClients },
  ...COMMIT_POINTS.map(([point, passes]) => ({
    name: `kill at ${point}`,
    strike: atPoint({ point, act: 'kill' }, passes),
  })),
  ...['shard.tick', 'commit.beforeWrite', 'commit.beforeAck', 'journal.written'].map((point) => ({
    name: `crash a shard at ${point}`,
    strike: atPoint({ point, act: 'throw' }, 40),
  })),
  ...SNAPSHOT_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inSnapshot(point) })),
  ...SWAP_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inSwap(point) })),
  { name: 'swap', strike: swap },
  ...COMPACTION_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inCompaction(point) })),
  ...RESHARD_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inReshard(point) })),
  ...RETENTION_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inForgetting(point) })),
  ...START_POINTS.map((point) => ({ name: `kill at ${point}`, strike: inStart(point) })),
];

async function killSoon(world: World): Promise<void> {
  await rest(world.plan.random(SOON_MS));
  await killWithin(world, 1_000);
}

/** Kills at a random µs. */
async function killWithin({ plan, lives }: World, us: number): Promise<void> {
  const atMs = performance.now() + plan.random(us) / 1_000;
  while (performance.now() < atMs);
  await lives.kill();
}

async function killTwice(world: World): Promise<void> {
  await killSoon(world);
  await world.restart();
  await killWithin(world, 60_000);
}

/** [D1] SIGTERM under load ends with 0. */
export async function stopInOrder(world: World): Promise<void> {
  await rest(world.plan.random(SOON_MS));
  world.lives.signal('SIGTERM');
  const ended = patientTimer(EXIT_MS, () => world.lives.signal('SIGKILL'));
  const code = await world.lives.ended();
  ended();
  if (code !== 0) world.problem(`other: SIGTERM ended it with ${code}: ${world.lives.log}`);
}

async function pause({ lives, plan }: World): Promise<void> {
  lives.signal('SIGSTOP');
  await rest(plan.random(PAUSE_MS));
  lives.signal('SIGCONT');
}

async function killClients({ crowd, plan }: World): Promise<void> {
  await crowd.killOne(plan.random(2));
  await crowd.go();
}

function atPoint(order: Pick<FaultOrder, 'point' | 'act'>, passes: number): Strike {
  return async (world) => {
    const { random } = world.plan;
    const afterUs = order.point.endsWith('.handedOver') ? random(WRITE_US) : 0;
    world.order({ ...order, pass: 1 + random(passes), afterUs });
    await world.untilCarriedOut();
    if (order.act === 'kill') await world.lives.ended();
  };
}

function inSnapshot(point: string): Strike {
  return async (world) => {
    // Something to remove when the next one stands.
    if (point === 'snapshot.pruning') await world.tryCall('/v1/snapshots');
    world.order({ point });
    await world.tryCall('/v1/snapshots');
    await world.untilCarriedOut();
    await world.lives.ended();
  };
}

function inSwap(point: string): Strike {
  return async (world) => {
    world.order({ point });
    await swap(world);
    await world.untilCarriedOut();
    await world.lives.ended();
  };
}

/** To the model that does not serve. */
async function swap({ lives, plan }: World): Promise<void> {
  const { body } = await callJson(lives.url, 'GET', '/v1/model');
  const next = plan.bundles.names.find((name) => !String(body['model']).startsWith(name));
  await callJson(lives.url, 'POST', '/v1/model', { bundle: next, force: true }).catch(() => undefined);
}

/**
 * A gateway that is to keep next to nothing of its journals dies over it. Up to the snapshot that was made before, all may go; what
 * came after it, and after the look at what was left, is needed by it.
 */
function inCompaction(point: string): Strike {
  return async (world) => {
    const isLong = async (): Promise<boolean> => (await shortestJournal(world.lives.url)) >= KEPT_FROM;
    if (!(await patientlyUntil(isLong, { everyMs: SOON_MS, ms: LONG_ENOUGH_MS })))
      return world.problem('other: the journals do not grow');
    await takeSnapshot(world.lives.url);
    await killSoon(world);
    world.order({ point });
    await world.restartAndDie(world.shards, KEPT_BYTES);
  };
}

async function takeSnapshot(url: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await patiently(SNAPSHOT_MS, 'a snapshot', (signal) =>
    fetch(`${url}/v1/snapshots`, { method: 'POST', headers, signal }),
  );
  if (!response.ok) throw new Error(`no snapshot: ${await response.text()}`);
}

/** A compaction that is through with what is old dies when it has dropped something new. */
export async function inLateCompaction(world: World): Promise<void> {
  await world.lives.kill();
  await world.restart(world.shards, KEPT_BYTES);
  await world.crowd.go();
  await rest(COMPACTED_MS);
  world.order({ point: 'compaction.dropped' });
  await world.untilCarriedOut();
  await world.lives.ended();
}

/** Entries that the shard with the fewest has had. */
async function shortestJournal(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const ends = [...text.matchAll(/^afterclick_store_journal_end\{.*\} (\d+)$/gm)];
  return Math.min(...ends.map(([, end]) => Number(end)));
}

/** A start with another number of shards dies; the next one has either. */
function inReshard(point: string): Strike {
  return async (world) => {
    await killSoon(world);
    const from = world.shards;
    const to = 1 + ((from + world.plan.random(SHARDS_MAX - 1)) % SHARDS_MAX);
    world.order({ point });
    await world.restartAndDie(to);
    await world.restart(world.plan.random(2) === 0 ? from : to);
  };
}

/** Visitors who passed are forgotten soon after a start that has nothing to recover; the gateway dies over it. */
function inForgetting(point: string): Strike {
  return async (world) => {
    await rest(SOON_MS);
    await stopInOrder(world);
    world.order({ point });
    await world.restartAndDie();
  };
}

/** They are forgotten, and the gateway dies when that is done. */
export async function afterForgetting(world: World): Promise<void> {
  await stopInOrder(world);
  await world.restart();
  await rest(FORGOTTEN_MS);
  await world.lives.kill();
}

/** A start after a kill dies as well. */
function inStart(point: string): Strike {
  return async (world) => {
    await killSoon(world);
    world.order({ point });
    await world.restartAndDie();
  };
}

/** Nothing is acknowledged while the disk is full; then all goes on, or the gateway dies first. */
async function fullDisk(world: World, dies: boolean): Promise<void> {
  const { plan, lives, crowd } = world;
  await lives.kill();
  world.moveData(true);
  await world.restart();
  await rest(plan.random(SOON_MS));
  fillDisk(plan.smallDisk);
  await rest(FULL_MS);
  if (dies) await lives.kill();
  freeDisk(plan.smallDisk);
  if (!dies) {
    for (const words of await crowd.settle())
      world.problem(`other: not acknowledged after the disk had room: ${words}`);
    await lives.kill();
  }
  world.moveData(false);
}
