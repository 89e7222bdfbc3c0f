import { afterEach, describe, expect, test } from 'vitest';
import type { PartitionStream } from '../../../../cluster/journal/partition-stream.js';
import { SnapshotRefusedError } from '../../../../cluster/snapshots/make-snapshot.js';
import type { SnapshotShelf } from '../../../../cluster/snapshots/snapshot-shelf.js';
import { SnapshotWorld } from '../../../support/cluster/snapshot-world.js';
import { seededRandom } from '../../../support/random.js';

const LONG_MS = 240_000;
const worlds: SnapshotWorld[] = [];
afterEach(() => {
  for (const world of worlds.splice(0)) world.remove();
});

function newWorld(): SnapshotWorld {
  const world = new SnapshotWorld();
  worlds.push(world);
  return world;
}

/** Nothing else may go wrong. */
function refused(error: unknown): number {
  expect(error).toBeInstanceOf(SnapshotRefusedError);
  return 0;
}

type Gate = (name: string) => Promise<void>;

/** Both with a gate before and behind each call. */
function gated(
  world: SnapshotWorld,
  gate: Gate,
): { readonly shelf: SnapshotShelf; readonly stream: PartitionStream } {
  const { shelf, stream } = world;
  const through = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    await gate(`before ${name}`);
    const done = await work();
    await gate(`after ${name}`);
    return done;
  };
  return {
    shelf: {
      put: (object, path) => through('put', () => shelf.put(object, path)),
      async *read(object) {
        await gate('before read');
        yield* shelf.read(object);
      },
      list: (prefix) => through('list', () => shelf.list(prefix)),
      remove: (object) => through('remove', () => shelf.remove(object)),
      sweep: (nowMs) => through('sweep', () => shelf.sweep(nowMs)),
      said: (partition) => through('said', () => shelf.said(partition)),
      say: (partition, notice, revision) => through('say', () => shelf.say(partition, notice, revision)),
    },
    stream: {
      append: (bytes, expectedLast) => stream.append(bytes, expectedLast),
      read: (from, countMax) => stream.read(from, countMax),
      ofLeader: (from) => stream.ofLeader(from),
      bounds: () => through('bounds', () => stream.bounds()),
      purge: (before) => through('purge', () => stream.purge(before)),
    },
  };
}

/** A new node has all that was written, from the newest snapshot, and from the older one when that is broken. */
async function expectAllThere(world: SnapshotWorld): Promise<void> {
  const [newest, older] = await world.named();
  expect(await world.restored()).toBe(newest.end);
  expect(world.missing(newest.end)).toEqual([]);
  if (older === undefined) return;
  const bytes = new Map(world.shelf.objects);
  // What both name is broken for both.
  const { object } = newest.files[0];
  world.shelf.damage(object);
  expect(await world.restored()).toBe(older.end);
  expect(world.missing(older.end)).toEqual([]);
  world.shelf.objects.set(object, bytes.get(object)!);
}

describe('a snapshot', () => {
  test('purges nothing alone, and the stream up to the one before with another', async () => {
    const world = newWorld();
    world.write(40);
    await world.make(1);
    expect(world.stream.first).toBe(1);
    world.write(40);
    await world.make(1);
    const first = world.stream.first;
    expect(first).toBeGreaterThan(30);
    // The last entry of the older one is still there, to be compared with.
    expect(world.missing(39)).toEqual([]);
    await expectAllThere(world);
    world.write(40);
    await world.make(1);
    expect(world.stream.first).toBeGreaterThan(first);
    expect((await world.named()).map(({ end }) => end)).toEqual([120, 80]);
    await expectAllThere(world);
  });

  test('keeps what has not changed once, and removes what nobody names', async () => {
    const world = newWorld();
    for (const epoch of [1, 1, 2, 2]) {
      world.write(5);
      await world.make(epoch);
    }
    const named = (await world.named()).flatMap(({ files }) => files.map(({ object }) => object));
    expect([...world.shelf.objects.keys()].toSorted()).toEqual([...new Set(named)].toSorted());
    expect(world.shelf.objects.size).toBe(5);
  });

  test('that was damaged since is named and purged up to no more', async () => {
    const world = newWorld();
    world.write(40);
    await world.make(1);
    world.write(40);
    const second = await world.make(1);
    const { first } = world.stream;
    world.write(40);
    world.shelf.damage(second.files[0].object);
    await world.make(1);
    expect((await world.named()).map(({ end }) => end)).toEqual([120, 40]);
    expect(world.stream.first).toBe(first);
    await expectAllThere(world);
  });

  test('of which a file that has not changed was damaged since has that anew', async () => {
    const world = newWorld();
    world.write(5);
    const first = await world.make(1);
    world.write(5);
    world.shelf.damage(first.files[1].object);
    await world.make(2);
    expect(await world.restored()).toBe(10);
    expect(world.stream.first).toBe(1);
  });

  test('that does not come back as it was written counts for nobody', async () => {
    const world = newWorld();
    world.write(5);
    const { shelf } = gated(world, async () => undefined);
    const lossy = {
      ...shelf,
      put: async (object: string, path: string) => {
        await shelf.put(object, path);
        world.shelf.damage(object);
      },
    };
    await expect(world.make(1, lossy)).rejects.toThrow('cannot be read back');
    expect(await world.named()).toEqual([]);
  });

  test('of an owner who is none any more is refused, and changes nothing', async () => {
    const world = newWorld();
    world.write(5);
    await world.make(7);
    const objects = [...world.shelf.objects.keys()];
    await expect(world.make(6)).rejects.toThrow(SnapshotRefusedError);
    expect([...world.shelf.objects.keys()]).toEqual(objects);
    expect((await world.named()).map(({ epoch }) => epoch)).toEqual([7]);
  });
});

test('whoever makes a snapshot may die before and behind each step', { timeout: LONG_MS }, async () => {
  let steps = 0;
  const base = newWorld();
  for (const epoch of [1, 1]) {
    base.write(20);
    await base.make(epoch);
  }
  base.write(20);
  for (let last = 0; last <= steps; last++) {
    const world = base.clone();
    worlds.push(world);
    let step = 0;
    const { shelf, stream } = gated(world, async () => {
      if (++step > last) throw new Error('killed');
    });
    const made = await world.make(1, shelf, stream).then(
      () => true,
      () => false,
    );
    steps = made ? steps : last + 1;
    await expectAllThere(world);
    world.write(1);
    await world.make(2);
    const named = (await world.named()).flatMap(({ files }) => files.map(({ object }) => object));
    expect([...world.shelf.objects.keys()].toSorted()).toEqual([...new Set(named)].toSorted());
  }
  // Said, read, put, say, purge, list, removed.
  expect(steps).toBeGreaterThan(14);
});

test(
  'two who both believe to be the owner leave whole snapshots and a stream that goes on from them',
  { timeout: LONG_MS },
  async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const world = newWorld();
      const random = seededRandom(seed);
      world.write(12);
      await world.make(1);
      world.write(12);
      const { shelf, stream } = gated(world, async () => {
        for (let turns = random(4); turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      });
      /** Makes snapshots until `count` were made or so many were tried. */
      const making = async (epoch: number, count: number, tries: number): Promise<void> => {
        for (let made = 0; made < count && tries > 0; tries--) {
          world.write(1 + random(5));
          made += await world.make(epoch, shelf, stream).then(() => 1, refused);
        }
      };
      await Promise.all([making(5, 3, 3), making(9, 2, Infinity)]);
      await expectAllThere(world);
      const [newest] = await world.named();
      expect(newest.epoch).toBe(9);
    }
  },
);

/** Stops who passes the gate of this name, until `open` is called. */
function barrier(name: string): {
  readonly gate: Gate;
  readonly reached: Promise<void>;
  readonly open: () => void;
} {
  let reach: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const gate = async (passed: string): Promise<void> => {
    if (passed !== name) return;
    reach();
    await opened;
  };
  return { gate, reached, open };
}

test('an owner who is late removes nothing that a later one is about to name', async () => {
  const world = newWorld();
  world.write(5);
  const early = barrier('before list');
  const { shelf, stream } = gated(world, early.gate);
  const first = world.make(5, shelf, stream);
  await early.reached;
  world.write(5);
  const late = barrier('before say');
  const other = gated(world, late.gate);
  const second = world.make(9, other.shelf, other.stream);
  await late.reached;
  early.open();
  await first;
  late.open();
  await second;
  await expectAllThere(world);
  expect((await world.named()).map(({ end }) => end)).toEqual([10, 5]);
});
