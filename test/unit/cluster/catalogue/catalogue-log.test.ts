import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { catalogueFingerprint } from '../../../../cluster/catalogue/catalogue-fingerprint.js';
import { CatalogueLog } from '../../../../cluster/catalogue/catalogue-log.js';
import { decodeCatalogueMessage } from '../../../../cluster/catalogue/catalogue-message.js';
import { packMessage } from '../../../../cluster/journal/checked-message.js';
import type { PartitionStream } from '../../../../cluster/journal/partition-stream.js';
import { UNDIVIDED } from '../../../../metrics/process/bites.js';
import { COUNTER, GAUGE } from '../../../../metrics/table.js';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import type { CatalogueStore } from '../../../../model/catalogue/catalogue-journal.js';
import { Catalogue } from '../../../../model/catalogue/catalogue.js';
import { OverloadedError } from '../../../../shards/pool/shard-pool.js';
import { openMemoryCatalogueStore } from '../../../../shards/store/lmdb/lmdb-catalogue-store.js';
import { FakeStream, type AppendFault } from '../../../support/cluster/fake-stream.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

interface Started {
  readonly catalogue: Catalogue;
  readonly log: CatalogueLog;
  readonly stats: ThreadStats;
}

interface StartOptions {
  readonly store?: CatalogueStore;
  readonly nowMs?: number;
  readonly patienceMs?: number;
}

const silent = createLog({ level: 'silent' });
let runs = 0;

/** A node's catalogue, which begins with two items and follows the stream. */
async function start(
  node: string,
  stream: PartitionStream,
  { store = openMemoryCatalogueStore(), nowMs = 1_000, patienceMs = 10_000 }: StartOptions = {},
): Promise<Started> {
  const catalogue = await Catalogue.create({
    itemMax: 32,
    columnMax: 4,
    store,
    clock: { nowMs: () => 1 },
    bites: UNDIVIDED,
    keepsCodes: true,
  });
  await catalogue.seed([
    { id: 'base-1', category: 'mugs' },
    { id: 'base-2', attributes: { colour: 'red' } },
  ]);
  const stats = ThreadStats.create();
  const log = await CatalogueLog.open({
    stream,
    catalogue,
    base: catalogueFingerprint(catalogue),
    owner: { node, run: String(++runs) },
    clock: { nowMs: () => nowMs },
    bites: UNDIVIDED,
    stats,
    log: silent,
    pause: turn,
    patienceMs,
  });
  stops.push(() => log.stop());
  return { catalogue, log, stats };
}

/** All that nodes may not differ in. */
const fingerprints = (nodes: readonly Started[]): string[] =>
  nodes.map(({ catalogue, log }) => `${catalogueFingerprint(catalogue)} ${log.carriedOut.digest}`);

/** Resolves when all have carried out the same. */
async function level(nodes: readonly Started[], stream: FakeStream): Promise<void> {
  await vi.waitFor(() =>
    expect(nodes.map(({ log }) => log.sequence)).toEqual(nodes.map(() => stream.log.length)),
  );
}

describe('catalogues that follow one log', () => {
  test('have the same indices, codes, dates and outcomes, whoever changed what at the same time, over faults of the servers', async () => {
    const faults = fc.constantFrom<AppendFault>('none', 'request lost', 'answer lost', 'late', 'dropped');
    await fc.assert(
      fc.asyncProperty(fc.array(faults, { maxLength: 12 }), async (appends) => {
        const stream = new FakeStream({ appends, lateCalls: 3, turn });
        const nodes = [
          await start('a', stream, { nowMs: 1_000 }),
          await start('b', stream, { nowMs: 2_000 }),
          await start('c', stream, { nowMs: 3_000 }),
        ];
        const answers = await Promise.all(
          nodes.flatMap(({ catalogue }, i) => [
            catalogue.upsert([
              {
                id: `new-${i}`,
                category: `kind-${i}`,
                attributes: { colour: `colour-${i}`, size: i },
                vectors: { image: Array<number>(i + 1).fill(0.1) },
              },
              { id: 'shared', title: `by ${i}` },
            ]),
            catalogue.patch('base-1', { category: `moved-${i}` }),
          ]),
        );
        await level(nodes, stream);
        const [first, ...others] = fingerprints(nodes);
        expect(others).toEqual([first, first]);
        for (const outcome of [answers[0], answers[2], answers[4]].flat())
          if ('index' in outcome) expect(nodes[0].catalogue.idOf(outcome.index)).toBe(outcome.id);
        const created = [answers[0], answers[2], answers[4]]
          .flat()
          .filter(({ status }) => status === 'created');
        // Vectors of the three are of other lengths: whoever comes first settles it for all.
        expect(created).toHaveLength(2);
        const written = stream.log.flatMap((bytes) => decodeCatalogueMessage(bytes).commands);
        expect(written).toHaveLength(6);
        await Promise.all(stops.splice(0).map((stop) => stop()));
      }),
      { numRuns: 25 },
    );
  });

  test('come out the same after a start at any message, from what was saved or from nothing', async () => {
    const stream = new FakeStream();
    const store = openMemoryCatalogueStore();
    const [a, b] = [await start('a', stream), await start('b', stream, { store })];
    await a.catalogue.upsert([{ id: 'x', attributes: { colour: 'blue' } }]);
    await level([a, b], stream);
    // Blue is let go, and comes back under another code: also where the process began in between.
    await a.catalogue.upsert([{ id: 'x', attributes: { colour: 'green' } }]);
    await level([a, b], stream);
    await b.log.stop();
    await a.catalogue.upsert([{ id: 'y', attributes: { colour: ['blue', 'white'] }, brand: 'acme' }]);
    const again = await start('b', stream, { store });
    await again.catalogue.upsert([{ id: 'z', attributes: { colour: 'blue' } }]);
    expect(await again.catalogue.remove('y')).toBe(true);
    const late = await start('c', stream);
    await level([a, again, late], stream);
    const [first, ...others] = fingerprints([a, again, late]);
    expect(others).toEqual([first, first]);
    expect(again.catalogue.place).toMatchObject({ sequence: stream.log.length });
  });

  test('carry out again what the disk did not take, and nothing twice', async () => {
    const stream = new FakeStream();
    const store = openMemoryCatalogueStore();
    const other = await start('a', stream);
    const b = await start('b', stream, { store });
    vi.spyOn(store, 'put').mockRejectedValueOnce(new Error('the disk is gone'));
    await other.catalogue.upsert([{ id: 'x', stock: 1 }]);
    await other.catalogue.patch('x', { stock: 2 });
    await level([other, b], stream);
    await vi.waitFor(() => expect(b.catalogue.place?.sequence).toBe(stream.log.length));
    expect(b.catalogue.savedCount).toBe(3);
    expect(fingerprints([other, b])[0]).toBe(fingerprints([other, b])[1]);
  });
});

describe('what no node wrote', () => {
  const GARBAGE = [Buffer.alloc(0), Buffer.of(1, 2), Buffer.from('{"item":"x"}'), Buffer.alloc(100_000, 7)];

  test('is passed over by all alike, also where it takes the place of a change, and what is behind it is carried out', async () => {
    const stream = new FakeStream();
    const [a, b] = [await start('a', stream), await start('b', stream)];
    await a.catalogue.upsert([{ id: 'x' }]);
    stream.log.push(...GARBAGE);
    expect(await a.catalogue.upsert([{ id: 'y' }])).toMatchObject([{ status: 'created' }]);
    await level([a, b], stream);
    const late = await start('c', stream);
    for (const { catalogue, stats } of [a, b, late]) {
      expect(catalogue.indexOf('y')).toBeGreaterThan(0);
      expect(stats.counterValue(COUNTER.catalogueMessagesPassed)).toBe(GARBAGE.length);
    }
    expect(new Set(fingerprints([a, b, late])).size).toBe(1);
  });

  test('as the last message lets a node begin that has carried it out', async () => {
    const stream = new FakeStream();
    const store = openMemoryCatalogueStore();
    const a = await start('a', stream, { store });
    stream.log.push(GARBAGE[1]);
    await a.catalogue.upsert([{ id: 'x' }]);
    stream.log.push(GARBAGE[0]);
    await level([a], stream);
    await vi.waitFor(() => expect(a.catalogue.place?.sequence).toBe(stream.log.length));
    await a.log.stop();
    const again = await start('a', stream, { store });
    expect(again.log.sequence).toBe(stream.log.length);
  });

  test('of another version is waited with', async () => {
    const stream = new FakeStream();
    stream.log.push(packMessage([99, 'later', 'run', 1, 1]));
    await expect(start('a', stream)).rejects.toThrow('another version');
  });
});

describe('a node that came to something else', () => {
  test('is told of by the others, once both have carried out the same', async () => {
    const stream = new FakeStream();
    const [a, b] = [await start('a', stream), await start('b', stream)];
    await b.catalogue.carryOut([{ op: 'upsert', items: [{ id: 'its-own' }] }], 1);
    await a.catalogue.upsert([{ id: 'x' }]);
    await level([a, b], stream);
    const differs = ({ stats }: Started): number => stats.gaugeValue(GAUGE.catalogueDiffers);
    a.log.heard('b', { ...b.log.carriedOut, sequence: 2 });
    a.log.heard('a', a.log.carriedOut);
    expect(differs(a)).not.toBe(1);
    a.log.heard('b', b.log.carriedOut);
    expect(differs(a)).toBe(1);
  });
});

test('whoever tells of changes that nobody has made is not believed, and who tells of those that are there is', async () => {
  const stream = new FakeStream();
  const [a, b] = [await start('a', stream), await start('b', stream)];
  const behind = (): number => a.stats.gaugeValue(GAUGE.catalogueBehind);
  const bounds = stream.bounds.bind(stream);
  let asks = 0;
  stream.bounds = () => {
    asks++;
    return bounds();
  };
  a.log.heard('nobody', { sequence: 10 ** 12, digest: 1 });
  await vi.waitFor(() => expect(asks).toBeGreaterThan(0));
  for (let i = 0; i < 50; i++) await turn();
  expect([asks, behind()]).toEqual([1, 0]);
  await b.catalogue.upsert([{ id: 'x' }]);
  a.log.heard('b', b.log.carriedOut);
  await level([a, b], stream);
  expect(behind()).toBe(0);
});

describe('a call', () => {
  test('of many items is several messages, each carried out whole; one that no message holds is refused alone', async () => {
    const stream = new FakeStream();
    const { catalogue } = await start('a', stream);
    const vector = Array.from({ length: 3_000 }, (_, i) => i + 0.123_456_789);
    const attributes = Object.fromEntries(
      Array.from({ length: 32 }, (_, i) => [`name-${i}`, Array.from({ length: 64 }, () => '€'.repeat(256))]),
    );
    const outcomes = await catalogue.upsert([
      ...Array.from({ length: 12 }, (_, i) => ({ id: `wide-${i}`, vector })),
      { id: 'too-large', attributes },
      { id: 'last' },
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 12 }, () => 'created'),
      'refused',
      'created',
    ]);
    expect(outcomes[12]).toMatchObject({ id: 'too-large', code: 'item_too_large' });
    expect(stream.log.length).toBeGreaterThan(2);
    for (const bytes of stream.log) expect(bytes.length).toBeLessThan(200_000);
  });

  test('is refused when the servers do not answer, and what was not sent never comes', async () => {
    const stream = new FakeStream();
    const { catalogue } = await start('a', stream, { patienceMs: 50 });
    const append = vi
      .spyOn(stream, 'append')
      .mockImplementation(() => turn().then(() => ({ kind: 'unknown', why: 'no leader' })));
    const refusal = (id: string) => catalogue.upsert([{ id }]).catch((error: unknown) => error);
    const sent = refusal('sent');
    await vi.waitFor(() => expect(append).toHaveBeenCalled());
    const kept = refusal('kept');
    const reasons = await Promise.all([sent, kept]);
    expect(reasons).toEqual([expect.any(OverloadedError), expect.any(OverloadedError)]);
    expect(String(reasons)).toMatch(/may still be carried out.*was not carried out/);
    append.mockRestore();
    await vi.waitFor(() => expect(catalogue.indexOf('sent')).toBe(2));
    await catalogue.upsert([{ id: 'later' }]);
    expect(catalogue.indexOf('kept')).toBe(-1);
  });
});

describe('a start is refused', () => {
  test('on the log of another cluster, a log that ends before, and one that begins behind', async () => {
    const stream = new FakeStream();
    const store = openMemoryCatalogueStore();
    const { catalogue, log } = await start('a', stream, { store });
    await catalogue.upsert([{ id: 'x' }]);
    await catalogue.upsert([{ id: 'y' }]);
    await log.stop();
    await expect(start('a', new FakeStream(), { store })).rejects.toThrow('carried out 2 changes');
    const other = new FakeStream();
    other.log.push(stream.log[1], stream.log[0]);
    await expect(start('a', other, { store })).rejects.toThrow('change 2 is another one');
    stream.first = 2;
    await expect(start('b', stream)).rejects.toThrow('do not have change 1');
    expect((await start('a', stream, { store })).log.sequence).toBe(2);
  });
});

test('a node that was overtaken carries out all that others have appended before it tries again', async () => {
  const stream = new FakeStream();
  const fast = await start('fast', stream);
  let isBehind = false;
  let appends = 0;
  const slow = await start('slow', {
    append: (bytes, expectedLast) => {
      appends++;
      return stream.append(bytes, expectedLast);
    },
    read: async (from, countMax) => (isBehind ? [] : stream.read(from, countMax)),
    ofLeader: (from) => stream.ofLeader(from),
    bounds: () => stream.bounds(),
    purge: (before) => stream.purge(before),
  });
  isBehind = true;
  for (let i = 0; i < 10; i++) await fast.log.add({ op: 'upsert', items: [{ id: `fast-${i}` }] });
  expect(slow.log.sequence).toBe(0);
  const added = slow.log.add({ op: 'upsert', items: [{ id: 'slow' }] });
  isBehind = false;
  await added;
  expect(appends).toBe(2);
  await level([fast, slow], stream);
  expect(new Set(fingerprints([fast, slow])).size).toBe(1);
});
