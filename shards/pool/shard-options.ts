import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { SLOT_NAMES_MAX, slotNames } from '../../metrics/slot-names.js';
import { defineOptions } from '../../metrics/process/options.js';

const DAY_MS = 86_400_000;
const ms = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

/** Options of the shards. */
export const shardOptions = defineOptions({
  shards: {
    schema: z.coerce.number().int().min(1).max(64),
    fallback: Math.max(1, availableParallelism() - 1),
    help: 'Shard threads that share the users; one core each besides the one of the gateway thread.',
  },
  usersHot: {
    schema: z.coerce.number().int().min(256).max(1_000_000),
    fallback: 20_000,
    unit: 'users',
    help: 'Users a shard keeps in memory, 2 to 8 kB each; others come back from disk on their next click.',
  },
  sessionGapMs: {
    schema: ms(1_000, 30 * DAY_MS),
    fallback: 30 * 60_000,
    unit: 'ms',
    help: 'A click after a longer pause opens a new session of the shopper.',
  },
  interestHalfLifeMs: {
    schema: ms(60_000, 3_650 * DAY_MS),
    fallback: 14 * DAY_MS,
    unit: 'ms',
    help: "Half-life of the weight of an interest in a user's graph.",
  },
  transitionHalfLifeMs: {
    schema: ms(60_000, 3_650 * DAY_MS),
    fallback: 60 * DAY_MS,
    unit: 'ms',
    help: 'Half-life of what the interaction graph knows of items clicked together.',
  },
  trendHalfLifeMs: {
    schema: ms(60_000, 3_650 * DAY_MS),
    fallback: 7 * DAY_MS,
    unit: 'ms',
    help: 'Half-life of the recent popularity that makes trends; shorten it for a shop of news.',
  },
  marketPeriodMs: {
    schema: ms(0, 30 * DAY_MS).refine(
      (value) => value === 0 || value >= 1_000,
      'is neither 0 nor 1000 or more',
    ),
    fallback: DAY_MS,
    unit: 'ms',
    help: 'Length of a period of the market view, which keeps 28 of them; a minute shows a replay as it runs. 0: nothing is counted.',
  },
  checkpointMs: {
    schema: ms(100, 600_000),
    fallback: 2_000,
    unit: 'ms',
    help: 'Pause between two write-outs of changed user states; a crash replays the journal since the last one.',
  },
  interactionCheckpointMs: {
    schema: ms(1_000, 3_600_000),
    fallback: 60_000,
    unit: 'ms',
    help: 'Pause between two write-outs of the interaction graph.',
  },
  snapshotEveryMs: {
    schema: z.coerce
      .number()
      .int()
      .min(0)
      .max(30 * DAY_MS),
    fallback: 6 * 3_600_000,
    unit: 'ms',
    help: 'Pause between two snapshots made by themselves; 0 makes none but on request and at the end.',
  },
  snapshotsKept: {
    schema: z.coerce.number().int().min(1).max(1_000),
    fallback: 3,
    unit: 'snapshots',
    help: 'Snapshots kept; older ones are removed after a new one is complete.',
  },
  snapshotsKeptMs: {
    schema: z.coerce
      .number()
      .int()
      .min(0)
      .max(3_650 * DAY_MS),
    fallback: 0,
    unit: 'ms',
    help: 'How old a snapshot may be; older ones are removed after a new one is complete, which stays in any case. 0: as old as it likes.',
  },
  journalKeptMs: {
    schema: ms(0, 36_500 * DAY_MS),
    fallback: 400 * DAY_MS,
    unit: 'ms',
    help: 'How old a record of the journal may be; older ones are dropped while nobody needs them. A training wants more than a year, so that each season is there once. 0: as old as it likes.',
  },
  journalKeptBytes: {
    schema: z.coerce.number().int().min(0),
    fallback: 4 * 1024 ** 3,
    unit: 'bytes',
    help: "What a shard's journal may take in its file; beyond it the oldest records are dropped. 4 GiB are 30 million clicks and more. 0: no bound.",
  },
  journalSegmentBytes: {
    schema: z.coerce
      .number()
      .int()
      .min(4_096)
      .max(1024 ** 3),
    fallback: 8 * 1024 ** 2,
    unit: 'bytes',
    help: "Size of the files that a shard's journal is written to, made in advance; what is old goes a file at a time.",
  },
  visitorsKeptMs: {
    schema: ms(0, 36_500 * DAY_MS),
    fallback: 400 * DAY_MS,
    unit: 'ms',
    help: 'How long a visitor without a name is remembered after their last event; one who comes back later is a new visitor. 0: for ever.',
  },
  usersKeptMs: {
    schema: ms(0, 36_500 * DAY_MS),
    fallback: 0,
    unit: 'ms',
    help: 'How long a named user is remembered after their last event; then they are erased, as by DELETE /v1/users/{id}. 0: until somebody does.',
  },
  smallestGroup: {
    schema: z.coerce.number().int().min(1).max(16),
    fallback: 3,
    unit: 'shoppers',
    help: 'Shoppers who have to have clicked an item before "trending" shows it, and two items in one session before "together" does. 1: whoever was the only one may show.',
  },
  slotsCounted: {
    schema: z
      .string()
      .refine(
        (text) => slotNames(text).length <= SLOT_NAMES_MAX,
        `more than ${SLOT_NAMES_MAX} names: leave out those of the least use, they count as other`,
      ),
    fallback: 'home',
    help: 'Slots whose clicks are counted by themselves in afterclick_clicked_position, comma separated, 8 at most; all further ones count as other.',
  },
  queueMax: {
    schema: z.coerce.number().int().min(100).max(10_000_000),
    fallback: 50_000,
    unit: 'events',
    help: 'Events that may wait for one shard before the gateway answers "overloaded".',
  },
  queueUserMax: {
    schema: z.coerce.number().int().min(64).max(100_000),
    fallback: 256,
    unit: 'events',
    help: 'Events of one shopper that may wait, over all their devices; the SDK has 64 on the way at most.',
  },
  ranksMax: {
    schema: z.coerce.number().int().min(16).max(1_000_000),
    fallback: 5_000,
    unit: 'calls',
    help: 'Rank and recommend calls that may wait for one shard; events have room of their own.',
  },
  ranksUserMax: {
    schema: z.coerce.number().int().min(1).max(100_000),
    fallback: 256,
    unit: 'calls',
    help: 'Rank and recommend calls that may wait of one shopper; the SDK has 64 on the way at most.',
  },
});
