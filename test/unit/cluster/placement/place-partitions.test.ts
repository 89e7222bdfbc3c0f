import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partitionMoves } from '../../../../cluster/placement/partition-moves.js';
import { placePartitions } from '../../../../cluster/placement/place-partitions.js';
import { rendezvousOrders } from '../../../../cluster/placement/rendezvous-order.js';

const nodeSets = (minLength: number) =>
  fc.uniqueArray(fc.string({ minLength: 1 }), { minLength, maxLength: 9 });
const partitionCounts = fc.integer({ min: 1, max: 64 });

const without = <T>(list: readonly T[], gone: T): T[] => list.filter((one) => one !== gone);

test('a placement never changes: nodes of two versions have to agree during a rolling upgrade', () => {
  const { owners, standbys } = placePartitions(['alpha', 'beta', 'gamma'], 12);
  expect(owners.map((owner) => owner?.[0]).join('')).toBe('bgggabgaabba');
  expect(standbys.map((standby) => standby?.[0]).join('')).toBe('gabbgaagbaab');
});

describe('for any nodes and partitions', () => {
  test('every partition has an owner, and none owns more than an even share, rounded up', () => {
    fc.assert(
      fc.property(nodeSets(1), partitionCounts, (nodes, partitions) => {
        const { owners } = placePartitions(nodes, partitions);
        const counts = nodes.map((node) => owners.filter((owner) => owner === node).length);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(partitions);
        expect(Math.max(...counts)).toBeLessThanOrEqual(Math.ceil(partitions / nodes.length));
      }),
    );
  });

  test('the order in which nodes are named does not count', () => {
    fc.assert(
      fc.property(nodeSets(1), partitionCounts, (nodes, partitions) => {
        expect(placePartitions(nodes.toReversed(), partitions)).toEqual(placePartitions(nodes, partitions));
      }),
    );
  });

  test('what a dead node owned goes to the standbys that have kept it warm', () => {
    fc.assert(
      fc.property(nodeSets(2), partitionCounts, fc.nat(), (nodes, partitions, pick) => {
        const dead = nodes[pick % nodes.length];
        const before = placePartitions(nodes, partitions);
        const after = placePartitions(without(nodes, dead), partitions);
        const taken = partitionMoves(before, after).filter(({ from }) => from === dead);
        expect(taken).toHaveLength(before.owners.filter((owner) => owner === dead).length);
        for (const { partition, to } of taken) expect(to).toBe(before.standbys[partition]);
      }),
    );
  });

  test('a standby is another node than the owner', () => {
    fc.assert(
      fc.property(nodeSets(2), partitionCounts, (nodes, partitions) => {
        const { owners, standbys } = placePartitions(nodes, partitions);
        for (const [partition, owner] of owners.entries()) {
          expect(nodes).toContain(standbys[partition]);
          expect(standbys[partition]).not.toBe(owner);
        }
      }),
    );
  });

  test('the others keep their order when a node is gone', () => {
    fc.assert(
      fc.property(nodeSets(2), partitionCounts, fc.nat(), (names, partitions, pick) => {
        const nodes = names.toSorted();
        const gone = nodes[pick % nodes.length];
        const left = without(nodes, gone);
        const named = (list: readonly string[]) =>
          rendezvousOrders(list, partitions).map((order) => [...order].map((node) => list[node]));
        expect(named(left)).toEqual(named(nodes).map((order) => without(order, gone)));
      }),
    );
  });
});

test('nodes whose names have one hash are placed alike by all', () => {
  const nodes = ['1b87r9q1eb', '1fb4y031hv'];
  expect(placePartitions(nodes.toReversed(), 8)).toEqual(placePartitions(nodes, 8));
});

test('one node owns everything, with nobody beside it; no node, nothing', () => {
  expect(placePartitions(['a'], 2)).toEqual({ owners: ['a', 'a'], standbys: [undefined, undefined] });
  expect(placePartitions([], 1)).toEqual({ owners: [undefined], standbys: [undefined] });
});

test('moves are the partitions whose owner is another one', () => {
  const before = { owners: ['a', 'b', 'a', undefined], standbys: [] };
  const after = { owners: ['b', 'b', undefined, 'c'], standbys: [] };
  expect(partitionMoves(before, after)).toEqual([
    { partition: 0, from: 'a', to: 'b' },
    { partition: 2, from: 'a', to: undefined },
    { partition: 3, from: undefined, to: 'c' },
  ]);
});
