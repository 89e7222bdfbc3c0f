// What concerns all shards of a pool at once: snapshots, the change of the model, the newest records of their journals, segments.

import type { LongTermPage } from '../clusters/long-term-sample.js';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { AtRiskAsked, UserAtRisk } from '../graph/return-risk.js';
import type { SegmentCount } from '../graph/segment-rule.js';
import { nameOf } from '../store/user-key.js';
import type { SnapshotEntry } from '../wire/calls.js';
import type { PostedModel } from '../wire/posted-model.js';
import { failureOf, type ShardHandle } from './shard-handle.js';

/**
 * Makes a snapshot of every shard under `folder`, while they serve; entries in the order of `handles`. Rejects with the
 * first failure once all shards have answered, and leaves no folder then.
 */
export async function snapshotShards(
  handles: readonly ShardHandle[],
  folder: string,
): Promise<readonly SnapshotEntry[]> {
  const replies = await Promise.all(
    handles.map((handle) =>
      handle.answerTo({ op: 'snapshot', folder: join(folder, `shard-${handle.shard}`) }),
    ),
  );
  const entries: SnapshotEntry[] = [];
  for (const reply of replies) {
    if (reply.op !== 'snapshot') {
      await rm(folder, { recursive: true, force: true });
      throw failureOf(reply);
    }
    entries.push(reply.entry);
  }
  return entries;
}

/**
 * Replaces the model of all shards while they serve. Each loads the new one, lets it answer and rebuilds its users' states.
 * When all are ready, each changes between two of its ticks, and every open slot gets a new list. Rejects with what the
 * first shard could not do; all of them go on with the old model then, and nothing of the new one was seen.
 */
export async function swapModels(handles: readonly ShardHandle[], model: PostedModel): Promise<void> {
  try {
    await Promise.all(handles.map((handle) => carryOut(handle, { op: 'prepare', model })));
  } catch (error) {
    await Promise.all(handles.map((handle) => carryOut(handle, { op: 'discard' })));
    throw error;
  }
  // From here on a thread that is started again has to serve the new model.
  for (const handle of handles) handle.useModel(model);
  await Promise.all(handles.map((handle) => carryOut(handle, { op: 'adopt', model })));
  for (const handle of handles) handle.tell({ op: 'relist' });
}

/** The newest journal records of all shards, about `events` events of each. The caller owns the bytes. */
export async function recentRecords(handles: readonly ShardHandle[], events: number): Promise<Uint8Array[]> {
  const replies = await Promise.all(handles.map((handle) => handle.answerTo({ op: 'recent', events })));
  return replies.flatMap((reply) => {
    if (reply.op !== 'recent') throw failureOf(reply);
    return [...reply.records];
  });
}

/** How many are in each segment. */
export interface SegmentCounts {
  readonly counts: readonly SegmentCount[];
  /** False while a shard is still looking at its users, or has not heard of the last change. */
  readonly isComplete: boolean;
}

/** Counts of all shards together, of the segments of this revision. Rejects when one does not answer. */
export async function countSegments(
  handles: readonly ShardHandle[],
  revision: number,
): Promise<SegmentCounts> {
  const replies = await Promise.all(handles.map((handle) => handle.answerTo({ op: 'segmentCounts' })));
  const sums = new Map<number, SegmentCount>();
  let isComplete = true;
  for (const reply of replies) {
    if (reply.op !== 'segmentCounts') throw failureOf(reply);
    isComplete &&= reply.isComplete && reply.revision === revision;
    for (const { segment, users, visitors } of reply.counts) {
      const sum = sums.get(segment) ?? { segment, users: 0, visitors: 0 };
      sums.set(segment, { segment, users: sum.users + users, visitors: sum.visitors + visitors });
    }
  }
  return { counts: [...sums.values()], isComplete };
}

/** Long-term interests of shoppers, without names, some at a time, shard by shard. Throws when a shard does not answer. */
export async function* longTermPages(handles: readonly ShardHandle[]): AsyncGenerator<LongTermPage> {
  for (const handle of handles) {
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      const reply = await handle.answerTo({ op: 'longTerm', isFirst });
      if (reply.op !== 'longTerm') throw failureOf(reply);
      yield reply.page;
      ({ isLast } = reply.page);
    }
  }
}

/** Names of the named users of a segment, some at a time, shard by shard. `stream` is a number that nobody else has. Throws when a shard does not answer. */
export async function* membersOf(
  handles: readonly ShardHandle[],
  segment: number,
  stream: number,
): AsyncGenerator<readonly string[]> {
  for (const handle of handles) {
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      const reply = await handle.answerTo({ op: 'members', segment, stream, isFirst });
      if (reply.op !== 'members') throw failureOf(reply);
      if (reply.users.length > 0) yield reply.users.map(nameOf);
      ({ isLast } = reply);
    }
  }
}

/** Named users who are about to be lost, some at a time, shard by shard, each page looked for when it is asked for. Throws when a shard does not answer. */
export async function* usersAtRisk(
  handles: readonly ShardHandle[],
  { days, least }: Omit<AtRiskAsked, 'after'>,
): AsyncGenerator<readonly UserAtRisk[]> {
  for (const handle of handles) {
    for (let after: string | undefined = ''; after !== undefined;) {
      const reply = await handle.answerTo({ op: 'atRisk', days, least, after });
      if (reply.op !== 'atRisk') throw failureOf(reply);
      if (reply.page.users.length > 0) yield reply.page.users.map((of) => ({ ...of, user: nameOf(of.user) }));
      ({ after } = reply.page);
    }
  }
}

async function carryOut(handle: ShardHandle, call: Parameters<ShardHandle['answerTo']>[0]): Promise<void> {
  const reply = await handle.answerTo(call);
  if (reply.op !== 'done') throw failureOf(reply);
}
