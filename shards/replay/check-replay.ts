import { crc32 } from 'node:zlib';
import type { ShardStore } from '../store/store.js';
import type { ReplayPlan } from './empty-shard.js';
import type { DifferingUser } from './found-differences.js';
import { ReplayPass } from './replay-pass.js';

/** Users who are replayed in one pass through the journal: about 100 MB. */
const USERS_A_PASS = 20_000;
/** Users whose differences are told. */
const DIFFERING_MAX = 1_000;

export interface ReplayReport {
  readonly events: number;
  /** Entries that are no events. */
  readonly otherEntries: number;
  /** Users who were compared. */
  readonly users: number;
  /** True when all states are to be made anew, by the model that serves next: all was compared but what a model makes of events. */
  readonly isRebuilding: boolean;
  /**
   * Users of whom nothing can be said: their state holds what no entry says (an older version moved or merged them), their first
   * entries were dropped, or they are to be made anew (damaged, or waiting to be taken over after a change of the model).
   */
  readonly unchecked: number;
  /** Records that cannot be read; whose events they held is not known. */
  readonly unreadable: number;
  /** All users with a difference, and the first `DIFFERING_MAX` of them. */
  readonly differing: number;
  readonly differences: readonly DifferingUser[];
}

/**
 * Replays the whole journal of a store into an empty shard in memory, and compares every user: what their graph is
 * (`stateDifferences`) at the position that their stored state contains, the last `seq` of their sessions, and whose the merged
 * visitors are. Also told of are events that the journal has twice or out of order, states that lack what recovery would not
 * give them, and states of those who are gone. Nothing is written.
 *
 * States that no one model has made (`markMixedStates`) are compared but for what a model makes of events: nodes, edges, weights,
 * clicks, marks and positions are the same by any model.
 *
 * @throws Error when the states are of another model
 */
export async function checkReplay(store: ShardStore, plan: ReplayPlan): Promise<ReplayReport> {
  const isRebuilding = store.statesModel === 0;
  if (store.statesModel !== plan.model.tag && !isRebuilding)
    throw new Error(
      `The states are not those of ${plan.model.scorer.name}: check them with the model that made them.`,
    );
  let users = 0;
  for (const row of store.users()) if (row.bytes.length > 0) users++;
  const passes = Math.max(1, Math.ceil(users / USERS_A_PASS));
  const total = { events: 0, otherEntries: 0, users: 0, unchecked: 0, unreadable: 0, differing: 0 };
  const differences: DifferingUser[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const replay = new ReplayPass(store, plan, (userId) => crc32(userId) % passes === pass);
    await replay.run();
    const found = replay.found.all;
    total.events += replay.events;
    total.otherEntries += replay.otherEntries;
    total.users += replay.compared;
    total.unchecked += replay.unchecked;
    total.unreadable = replay.unreadable;
    total.differing += found.length;
    differences.push(...found.slice(0, DIFFERING_MAX - differences.length));
  }
  return { ...total, isRebuilding, differences };
}
