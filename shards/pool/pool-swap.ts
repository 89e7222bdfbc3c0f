import { failureOf, type Seat } from './shard-handle.js';
import type { ShardModel } from '../wire/shard-model.js';

/**
 * Replaces the model of all shards while they serve. Each loads the new one, lets it answer and rebuilds its users' states;
 * when all are ready each changes between two of its ticks, and every open slot gets a new list. Rejects with what the first
 * shard could not do; all of them go on with the old model then, and nothing of the new one was seen.
 */
export async function swapSeats(seats: readonly Seat[], model: ShardModel): Promise<void> {
  try {
    await Promise.all(seats.map((seat) => carryOut(seat, { op: 'prepare', model })));
  } catch (error) {
    await Promise.all(seats.map((seat) => carryOut(seat, { op: 'discard' })));
    throw error;
  }
  // From here on it is the new model that a thread started again has to serve.
  for (const seat of seats) seat.useModel(model);
  await Promise.all(seats.map((seat) => carryOut(seat, { op: 'adopt', model })));
  for (const seat of seats) seat.redefine();
}

/** The newest journal records of all shards, about `events` events of each. The caller owns the bytes. */
export async function recentRecords(seats: readonly Seat[], events: number): Promise<Uint8Array[]> {
  const replies = await Promise.all(seats.map((seat) => seat.answerTo({ op: 'recent', events })));
  return replies.flatMap((reply) => {
    if (reply.op !== 'recent') throw failureOf(reply);
    return [...reply.records];
  });
}

async function carryOut(seat: Seat, call: Parameters<Seat['answerTo']>[0]): Promise<void> {
  const reply = await seat.answerTo(call);
  if (reply.op !== 'done') throw failureOf(reply);
}
