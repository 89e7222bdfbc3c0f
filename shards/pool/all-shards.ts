// What concerns all shards of a pool at once: snapshots, the change of the model, the newest records of their journals.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
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

async function carryOut(handle: ShardHandle, call: Parameters<ShardHandle['answerTo']>[0]): Promise<void> {
  const reply = await handle.answerTo(call);
  if (reply.op !== 'done') throw failureOf(reply);
}
