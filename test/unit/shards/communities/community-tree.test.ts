import { expect, test } from 'vitest';
import { createSharedVectors, itemVectors } from '../../../../model/kernel/shared-vectors.js';
import {
  communityTree,
  NO_MEMBERSHIP,
  type CutTask,
  type Membership,
} from '../../../../shards/communities/community-tree.js';
import { keptIds } from '../../../../shards/communities/kept-ids.js';
import {
  createSharedInteractions,
  INTERACTION_DEFAULTS,
} from '../../../../shards/graph/interactions/interaction-buffers.js';
import { HistoryLearner } from '../../../../shards/graph/interactions/history-learner.js';
import { InteractionGraph } from '../../../../shards/graph/interactions/interaction-graph.js';

const DAY_MS = 86_400_000;
const TIMES = {
  transitionHalfLifeMs: 60 * DAY_MS,
  popularHalfLifeMs: 180 * DAY_MS,
  recentHalfLifeMs: 7 * DAY_MS,
};
const NOW_MS = 1_700_000_000_000;

/** A shop of 24 items in four families of six; whoever clicks in the first goes on in the second now and then, as in the third and fourth. */
function shop(sessions = familySessions()): CutTask {
  const interactions = createSharedInteractions({ ...INTERACTION_DEFAULTS, items: 64, sessions: 1_024 });
  const learner = new HistoryLearner(new InteractionGraph(interactions, TIMES, 0, 1), NOW_MS);
  for (const session of sessions) learner.learn(Int32Array.from(session), session.length, 0);
  learner.end();
  const vectors = createSharedVectors(64, 4, 0);
  return {
    interactions,
    vectors,
    transitionHalfLifeMs: 60 * DAY_MS,
    count: 25,
    nowMs: NOW_MS,
    before: NO_MEMBERSHIP,
  };
}

const family = (f: number): number[] => Array.from({ length: 6 }, (_, i) => f * 6 + i);

function familySessions(): number[][] {
  const sessions: number[][] = [];
  for (let f = 0; f < 4; f++)
    for (const a of family(f)) for (const b of family(f)) if (a < b) sessions.push([a, b]);
  for (let i = 0; i < 6; i++)
    sessions.push([i, 6 + i], [i, 6 + ((i + 1) % 6)], [12 + i, 18 + i], [12 + i, 18 + ((i + 1) % 6)]);
  return [...sessions, [5, 12]];
}

test('two levels: large communities, and inside each smaller ones, whose items are those of the large one', () => {
  const { large, small, communities, modularity } = communityTree(shop());
  expect(large.slice(0, 12).every((id) => id === large[0])).toBe(true);
  expect(large.slice(12, 24).every((id) => id === large[12])).toBe(true);
  expect(large[0]).not.toBe(large[12]);
  for (let f = 0; f < 4; f++) expect(new Set(family(f).map((item) => small[item])).size).toBe(1);
  expect(new Set(small.slice(0, 24)).size).toBe(4);
  expect(communities.map(({ parent, items }) => [parent === 0, items])).toEqual([
    [true, 12],
    [true, 12],
    [false, 6],
    [false, 6],
    [false, 6],
    [false, 6],
  ]);
  for (const { id, parent } of communities.slice(2)) expect(large[small.indexOf(id)]).toBe(parent);
  expect(modularity).toBeGreaterThan(0.4);
});

test('leading items are the most clicked, and flows go from one large community to another', () => {
  const { communities, flows, large } = communityTree(shop([...familySessions(), [3, 3], [3, 4], [3, 5]]));
  expect(communities.find(({ id }) => id === large[3])?.leading[0]).toBe(3);
  expect(flows).toEqual([{ from: large[5], to: large[12], clicks: 1, lift: 1 }]);
});

test('ids stay from cut to cut, and a community that is new gets an id that none had', () => {
  const first = communityTree(shop());
  const again = communityTree({ ...shop(), before: first });
  expect([again.large, again.small, again.nextId]).toEqual([first.large, first.small, first.nextId]);
  // The first family breaks off from the second, which alone is still what it was.
  const apart = familySessions().filter(([a, b]) => !(a < 6 && b >= 6));
  const later = communityTree({ ...shop(apart), before: first });
  expect([first.large[0], first.large[12]]).toContain(later.large[12]);
  expect(later.large[0] === later.large[6]).toBe(false);
  expect(Math.max(...later.large)).toBe(first.nextId);
});

test('an item that nobody clicked is where its vector is nearest, one without a vector is nowhere', () => {
  const task = shop();
  const vectors = itemVectors(task.vectors);
  const origin = new Uint8Array(task.vectors.origin);
  for (let item = 0; item < 24; item++) {
    vectors[item * 4 + Math.floor(item / 6)] = 1;
    origin[item] = 1;
  }
  expect(communityTree(task).small[24]).toBe(0);
  vectors[24 * 4 + 2] = 0.9;
  vectors[24 * 4 + 1] = 0.1;
  origin[24] = 2;
  const { large, small } = communityTree(task);
  expect([large[24], small[24]]).toEqual([large[12], small[12]]);
});

test('ids go to the communities with most in common, each once, and not to one that shares little', () => {
  const before: Membership = {
    nextId: 8,
    large: Int32Array.of(5, 5, 5, 5, 7, 7, 7, 7),
    small: new Int32Array(8),
  };
  const none = new Int32Array(8).fill(-1);
  const { large, nextId } = keptIds([Int32Array.of(0, 0, 0, 1, 1, 1, 1, 2), none], before);
  expect([...large]).toEqual([5, 5, 5, 7, 7, 7, 7, 8]);
  expect(nextId).toBe(9);
});

test('an empty shop has no communities', () => {
  expect(communityTree({ ...shop([]), count: 0 })).toMatchObject({
    communities: [],
    flows: [],
    modularity: 0,
  });
  expect(communityTree(shop([])).communities).toEqual([]);
});
