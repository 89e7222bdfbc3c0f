import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createSharedInteractions,
  PAGE_ITEMS,
  PAGE_SESSIONS,
} from '../../shards/graph/interactions/interaction-buffers.js';
import { InteractionGraph } from '../../shards/graph/interactions/interaction-graph.js';
import { keeperOfPage } from '../../shards/graph/interactions/interaction-pages.js';

const TIMES = { transitionHalfLifeMs: 1, popularHalfLifeMs: 1, recentHalfLifeMs: 1 };
const ITEM_PAGES = 130;

test('every page of the interaction graph has one keeper: the shard that writes it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 64 }),
      fc.integer({ min: 64, max: 300 }),
      (shards, sessionPages) => {
        const shared = createSharedInteractions({
          items: ITEM_PAGES * PAGE_ITEMS,
          neighbours: 1,
          sessions: sessionPages * PAGE_SESSIONS,
          sessionsPerItem: 1,
          sessionLength: 1,
        });
        const graphs = Array.from(
          { length: shards },
          (_, shard) => new InteractionGraph(shared, TIMES, shard, shards),
        );
        const writersOf = (owns: (graph: InteractionGraph) => boolean) =>
          graphs.filter(owns).map(({ shard }) => shard);
        const { sessions } = shared.bounds;
        for (let page = 0; page < ITEM_PAGES; page++) {
          const keeper = keeperOfPage(`interactions/items/${page}`, sessions, shards);
          expect(writersOf((graph) => graph.owns(page * PAGE_ITEMS + 5))).toEqual([keeper]);
        }
        for (let page = 0; page < sessionPages; page++) {
          const keeper = keeperOfPage(`interactions/sessions/${page}`, sessions, shards)!;
          const writers = writersOf((graph) => graph.ownsSessionRow(page * PAGE_SESSIONS + 5));
          expect(writers.length === 0 ? [shards - 1] : writers).toEqual([keeper]);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('blobs that are no page have no keeper', () => {
  for (const key of ['interactions/position', 'interactions', 'other/1'])
    expect(keeperOfPage(key, 256, 2)).toBeUndefined();
});
