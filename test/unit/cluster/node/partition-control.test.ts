import { beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../../../../metrics/process/log.js';
import { ThreadStats } from '../../../../metrics/thread-stats.js';
import { Membership } from '../../../../cluster/membership/membership.js';
import { Claims } from '../../../../cluster/node/claims.js';
import { PartitionControl } from '../../../../cluster/node/partition-control.js';
import { placePartitions } from '../../../../cluster/placement/place-partitions.js';
import { GAUGE } from '../../../../metrics/table.js';
import type { LinkClient } from '../../../../cluster/link/link-client.js';
import type { PartitionSeat } from '../../../../cluster/pool/partition-seat.js';
import type { Place } from '../../../../cluster/pool/seated-run.js';

const PARTITIONS = 12;

/** A node `a` among `a`, `b` and `c`, on a clock of its own; its seats note what is wanted of them. */
class World {
  nowMs = 0;
  readonly clock = { nowUs: () => this.nowMs * 1_000, nowMs: () => this.nowMs };
  readonly membership = new Membership('a', this.clock);
  readonly claims = new Claims();
  readonly places: (Place | undefined)[] = Array.from({ length: PARTITIONS });
  /** Partitions that are to be kept warm, and those of them that are. */
  readonly stoodBy = new Set<number>();
  readonly warm = new Set<number>();
  readonly links = new Map<string, LinkClient>();
  readonly ended: number[] = [];
  changes = 0;
  readonly stats = ThreadStats.create();
  readonly control: PartitionControl;

  constructor() {
    const seats = this.places.map((_, partition) => this.#seat(partition));
    this.membership.learn(
      new Map([
        ['a', 'member'],
        ['b', 'member'],
        ['c', 'member'],
      ]),
    );
    this.control = new PartitionControl({
      self: 'a',
      membership: this.membership,
      claims: this.claims,
      seats: () => seats,
      linkTo: ({ node }) => this.link(node),
      canServe: () => true,
      changed: () => void this.changes++,
      served: () => undefined,
      ended: (partition) => this.ended.push(partition),
      stats: this.stats,
      clock: this.clock,
      log: createLog({ level: 'silent' }),
    });
  }

  link(node: string): LinkClient {
    const link = this.links.get(node) ?? ({ node } as unknown as LinkClient);
    this.links.set(node, link);
    return link;
  }

  /** Time in which these nodes are heard, each saying what it serves. */
  pass(ms: number, heard: Record<string, [number, number][]>): void {
    for (const end = this.nowMs + ms; this.nowMs < end;) {
      this.nowMs += 100;
      this.membership.beat();
      for (const [node, owns] of Object.entries(heard)) {
        this.membership.hear({ node, hears: ['a'] });
        this.claims.hear(node, {
          at: `${node}:1`,
          url: `wss://${node}/v1/ws`,
          owns,
          catalogue: { sequence: 0, digest: 0 },
        });
      }
      this.control.decide();
    }
  }

  /** Partitions that are wanted here. */
  get here(): number[] {
    return [...this.places.keys()].filter((partition) => this.places[partition] === 'here');
  }

  #seat(partition: number): PartitionSeat {
    const want = (place: Place | undefined): void => void (this.places[partition] = place);
    const { stoodBy, warm, places } = this;
    const seat: Pick<
      PartitionSeat,
      'partition' | 'want' | 'place' | 'isServed' | 'standBy' | 'isStoodBy' | 'isWarm'
    > = {
      partition,
      want,
      isServed: true,
      get place() {
        return places[partition];
      },
      standBy: (isWanted) => void (isWanted ? stoodBy.add(partition) : stoodBy.delete(partition)),
      get isStoodBy() {
        return stoodBy.has(partition);
      },
      get isWarm() {
        return warm.has(partition);
      },
    };
    return seat as PartitionSeat;
  }
}

let world: World;

beforeEach(() => {
  world = new World();
});

function serve(partitions: readonly number[], epoch: number): void {
  for (const partition of partitions) world.control.serving(partition, epoch);
}

describe('a node', () => {
  test('takes its share of what nobody serves once it has listened, and no more', () => {
    world.pass(500, { b: [], c: [] });
    expect(world.here).toEqual([]);
    world.pass(300, { b: [], c: [] });
    expect(world.here).toHaveLength(4);
  });

  test('uses what others serve where they serve it', () => {
    world.pass(1_000, {
      b: [
        [0, 5],
        [1, 5],
      ],
      c: [[1, 4]],
    });
    expect([world.places[0], world.places[1]]).toEqual([world.link('b'), world.link('b')]);
  });

  test('names the address of who serves a partition, and none for its own and for those of the dead', () => {
    const claims = { b: [[0, 5]], c: [[1, 4]] } as const satisfies Record<string, [number, number][]>;
    world.pass(1_000, claims);
    expect([0, 1, 2].map((partition) => world.control.ownerUrl(partition))).toEqual([
      'wss://b/v1/ws',
      'wss://c/v1/ws',
      undefined,
    ]);
    serve([0], 9);
    expect(world.control.ownerUrl(0)).toBeUndefined();
    world.pass(1_000, { b: [] });
    expect(world.control.ownerUrl(1)).toBeUndefined();
  });

  test('takes over what a dead node served, and lets what the living serve be', () => {
    const all = [...world.places.keys()];
    const claims = (rest: number): [number, number][] => all.filter((p) => p % 3 === rest).map((p) => [p, 1]);
    world.pass(1_000, { b: claims(1), c: claims(2) });
    serve(world.here, 9);
    world.pass(800, { b: claims(1) });
    const taken = world.here;
    expect(taken.length).toBe(6);
    expect(taken.every((partition) => partition % 3 !== 1)).toBe(true);
  });

  test('has what an operator moved to it, and not what was moved elsewhere, while those nodes may have it', () => {
    world.pass(1_000, { b: [], c: [] });
    const placed = world.here;
    const other = [...world.places.keys()].find((partition) => !placed.includes(partition))!;
    world.control.learn(
      new Map([
        [placed[0], 'b'],
        [other, 'a'],
        [placed[1], 'nobody'],
      ]),
    );
    world.pass(100, { b: [], c: [] });
    expect(world.here.sort()).toEqual([...placed.slice(1), other].sort());
    world.control.learn(new Map());
    world.pass(1_000, { b: [], c: [] });
    expect(world.here).toEqual(expect.arrayContaining(placed));
  });

  test('takes from the living one at a time, when things have settled and it is warm', () => {
    const everything = [...world.places.keys()].map((p): [number, number] => [p, 1]);
    for (const partition of world.places.keys()) world.warm.add(partition);
    world.pass(1_500, { b: everything, c: [] });
    expect(world.here).toEqual([]);
    world.pass(1_000, { b: everything, c: [] });
    expect(world.here).toHaveLength(1);
  });

  test('that gave up a try takes what is warm from the living all the same', () => {
    world.pass(3_000, { b: [], c: [] });
    const given = world.here[0];
    world.membership.learn(
      new Map([
        ['a', 'draining'],
        ['b', 'member'],
        ['c', 'member'],
      ]),
    );
    const all = world.places.map((_, partition): [number, number] => [partition, 5]);
    world.pass(200, { b: all, c: [] });
    expect(world.here).toEqual([]);
    world.membership.learn(
      new Map([
        ['a', 'member'],
        ['b', 'member'],
        ['c', 'member'],
      ]),
    );
    for (const partition of world.places.keys()) if (partition !== given) world.warm.add(partition);
    world.pass(3_000, { b: all, c: [] });
    expect(world.here).toHaveLength(1);
    expect(world.here).not.toContain(given);
  });

  test('keeps warm what it stands by for and what it is to own, and takes nothing from the living before', () => {
    const everything = [...world.places.keys()].map((p): [number, number] => [p, 1]);
    world.pass(1_500, { b: everything, c: [] });
    expect(world.stoodBy.size).toBe(0);
    world.pass(2_000, { b: everything, c: [] });
    const { owners, standbys } = placePartitions(['a', 'b', 'c'], PARTITIONS);
    const wanted = [...world.places.keys()].filter((p) => owners[p] === 'a' || standbys[p] === 'a');
    expect([...world.stoodBy].toSorted((a, b) => a - b)).toEqual(wanted);
    expect(world.here).toEqual([]);
    expect(world.stats.gaugeValue(GAUGE.standbysBehind)).toBe(wanted.length);
    // One that could not be kept warm is tried again after a while.
    world.control.stoodDown(wanted[0], new Error('no leader'));
    world.pass(300, { b: everything, c: [] });
    expect(world.stoodBy.has(wanted[0])).toBe(false);
    world.pass(300, { b: everything, c: [] });
    expect(world.stoodBy.has(wanted[0])).toBe(true);
  });

  test('gives up what another one has taken with a later message, and not for an earlier one', () => {
    world.pass(1_000, { b: [], c: [] });
    serve(world.here, 7);
    const [one, two] = world.here;
    world.pass(200, {
      b: [
        [one, 6],
        [two, 8],
      ],
      c: [],
    });
    expect([world.places[one], world.places[two]]).toEqual(['here', world.link('b')]);
    world.control.left(two, 'here', undefined);
    expect(world.ended).toEqual([two]);
    expect(world.control.owns).not.toContainEqual([two, 7]);
  });

  test('that has stood still goes on using what others served, until it has listened and not heard them', () => {
    const claims: Record<string, [number, number][]> = { b: [[0, 5]], c: [] };
    world.pass(1_000, claims);
    expect(world.places[0]).toBe(world.link('b'));
    world.nowMs += 1_000;
    world.membership.beat();
    world.control.decide();
    expect(world.places[0]).toBe(world.link('b'));
    world.pass(300, { c: [] });
    expect(world.places[0]).toBe(world.link('b'));
    world.pass(500, { c: [] });
    expect(world.places[0]).not.toBe(world.link('b'));
  });

  test('that stops gives each partition away when it is through with it', () => {
    world.pass(1_000, { b: [], c: [] });
    serve(world.here, 7);
    const [one] = world.here;
    world.control.stop();
    const before = world.changes;
    world.control.left(one, 'here', undefined);
    expect(world.control.owns).not.toContainEqual([one, 7]);
    expect(world.changes).toBe(before + 1);
    expect(world.ended).toEqual([one]);
  });

  test('without a majority takes nothing', () => {
    world.pass(2_000, {});
    expect(world.here).toEqual([]);
  });

  test('that failed to serve a partition tries again after a while', () => {
    world.pass(1_000, { b: [], c: [] });
    const [one] = world.here;
    world.control.left(one, 'here', new Error('no leader'));
    expect(world.places[one]).toBeUndefined();
    world.pass(600, { b: [], c: [] });
    expect(world.places[one]).toBe('here');
  });
});
