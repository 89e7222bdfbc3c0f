import { shardOf } from '../../../shards/reshard/placement.js';
import { begunMerges } from '../../../shards/live/merge-intents.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { named, visitor } from '../../../shards/store/user-key.js';
import type { LedgerSession, PromiseLedger } from '../workload/promise-ledger.js';
import type { FindingListener } from './cut-findings.js';

/** Merges are whole: a visitor is there as one, or all of them is the user's whom they asked to be. After unfinished ones were ended. */
export function checkMerges(
  { sessions }: PromiseLedger,
  stores: readonly ShardStore[],
  found: FindingListener,
): void {
  for (const session of sessions.values()) if (session.user === null) checkVisitor(session, stores, found);
  for (const store of stores)
    for (const { visitor: from } of begunMerges(store))
      found('differs', `the merge of ${from} was not ended`);
}

function checkVisitor(
  { session, acked, merge }: LedgerSession,
  stores: readonly ShardStore[],
  found: FindingListener,
): void {
  const key = visitor(session);
  const own = stores[shardOf(key, stores.length)];
  const into = own.alias(key);
  if (into === undefined) {
    if (merge?.isDone === true && acked > 0) found('lost', `the merge of ${session} into ${merge.user}`);
    if (stores.some((store) => store.alias(key) !== undefined))
      found('differs', `the visitor ${session} is there and merged as well`);
    return;
  }
  if (merge === undefined || into !== named(merge.user))
    return found('unexpected', `${session} was merged into ${into}`);
  const keeper = stores[shardOf(into, stores.length)];
  if (keeper.alias(key) !== into) found('lost', `the graph of ${session}, which was merged into ${into}`);
  if (own.user(key) !== undefined) found('double', `the graph of ${session}, which was merged into ${into}`);
  const seq = own.sessionSeq(key, session);
  if (keeper.sessionSeq(into, session) !== seq)
    found('lost', `the seq of ${session} as ${into}: ${keeper.sessionSeq(into, session)} of ${seq}`);
}
