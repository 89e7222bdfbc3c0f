import { expect, test } from 'vitest';
import { clusterState } from '../../../../cluster/operator/cluster-state.js';
import type { NodeMark } from '../../../../cluster/membership/membership.js';

const CLUSTER = { name: 'SHOP', partitions: 4 };
const beat = (node: string, owns: [number, number][]) => ({
  node,
  number: 1,
  hears: ['x'],
  ages: [20],
  at: `${node}:1`,
  url: '',
  owns,
  catalogue: { sequence: 0, digest: 0 },
});
const beats = (...told: ReturnType<typeof beat>[]) => new Map(told.map((one) => [one.node, one]));
const marks = (of: Record<string, NodeMark>) => ({
  marks: new Map(Object.entries(of)),
  pins: new Map([[2, 'b']]),
});

test('says of each node what was said of it and what it serves; of two that serve one, the later does', () => {
  const state = clusterState(
    CLUSTER,
    marks({ b: 'draining', a: 'member', c: 'evicted' }),
    beats(
      beat('a', [
        [3, 9],
        [0, 4],
      ]),
      beat('b', [
        [0, 3],
        [2, 5],
      ]),
    ),
  );
  expect(state.nodes.map(({ node, mark, isHeard, owns }) => [node, mark, isHeard, owns])).toEqual([
    ['a', 'member', true, [0, 3]],
    ['b', 'draining', true, [2]],
    ['c', 'evicted', false, []],
  ]);
  expect(state.unowned).toEqual([1]);
  expect(state.moved).toEqual([{ partition: 2, node: 'b' }]);
});

test('counts the voices of all but the evicted', () => {
  const heard = beats(beat('a', []));
  expect(clusterState(CLUSTER, marks({ a: 'member', b: 'member' }), heard).hasMajority).toBe(false);
  expect(clusterState(CLUSTER, marks({ a: 'member', b: 'evicted' }), heard).hasMajority).toBe(true);
});
