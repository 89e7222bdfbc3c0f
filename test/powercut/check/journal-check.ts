import { shardOf } from '../../../shards/reshard/placement.js';
import { decodeRecord } from '../../../shards/store/journal-record.js';
import { isEvent, type JournalEvent } from '../../../shards/store/journal-entry.js';
import type { ShardStore } from '../../../shards/store/store.js';
import { named, visitor } from '../../../shards/store/user-key.js';
import { eventKind } from '../../../model/scorer/event-kinds.js';
import type { LedgerSession, PromiseLedger } from '../workload/promise-ledger.js';
import type { FindingListener } from './cut-findings.js';

/**
 * Journals against what was promised: of each session all acknowledged events, in order and once, nothing that was never sent, each
 * in the journal of one shard; the stored `seq` of the session is that of its last event. Of a journal whose beginning was dropped the first
 * events are missing, no others, and none that the states lack.
 */
export class JournalCheck {
  readonly #ledger: PromiseLedger;
  readonly #stores: readonly ShardStore[];
  readonly #found: FindingListener;
  readonly #sessions = new Map<string, { readonly shard: number; readonly events: JournalEvent[] }>();
  readonly #posts = new Set<string>();

  constructor(ledger: PromiseLedger, stores: readonly ShardStore[], found: FindingListener) {
    this.#ledger = ledger;
    this.#stores = stores;
    this.#found = found;
  }

  run(): void {
    for (const [shard, store] of this.#stores.entries()) {
      this.#read(shard, store);
      const { checkpoint, journal } = store;
      if (journal.start > checkpoint)
        this.#found(
          'lost',
          `entries from ${checkpoint} to ${journal.start}, which are in no state, and dropped`,
        );
    }
    for (const session of this.#ledger.sessions.values()) this.#checkSession(session);
    for (const { id, user, isDone } of this.#ledger.posts.values())
      if (isDone && !this.#posts.has(id) && !this.#isDropped(id, named(user)))
        this.#found('lost', `the event ${id}, which was answered`);
  }

  #read(shard: number, store: ShardStore): void {
    for (const { bytes } of store.journal.from(0))
      for (const entry of decodeRecord(bytes)) if (isEvent(entry)) this.#takeEvent(shard, store, entry);
  }

  #takeEvent(shard: number, store: ShardStore, event: JournalEvent): void {
    if (event.session === '') return this.#takePost(store, event);
    if (!this.#ledger.sessions.has(event.session))
      return this.#found('unexpected', `an event of the session ${event.session}, which nobody had`);
    const known = this.#sessions.get(event.session);
    if (known === undefined) this.#sessions.set(event.session, { shard, events: [event] });
    else if (known.shard !== shard) this.#found('double', `events of ${event.session} on two shards`);
    else known.events.push(event);
  }

  #takePost(store: ShardStore, { eventId, user, items }: JournalEvent): void {
    const posted = this.#ledger.posts.get(eventId);
    if (posted === undefined || named(posted.user) !== user || posted.item !== items[0])
      return this.#found('unexpected', `the event "${eventId}" of ${user}, which nobody sent`);
    if (this.#posts.has(eventId)) this.#found('double', `the event ${eventId}`);
    if (!store.hasEventId(user, eventId))
      this.#found('differs', `the key of the event ${eventId} is missing`);
    this.#posts.add(eventId);
  }

  /** True for a post that was dropped: its key is still known. */
  #isDropped(id: string, user: string): boolean {
    return this.#stores.some((store) => store.journal.start > 0 && store.hasEventId(user, id));
  }

  #checkSession(session: LedgerSession): void {
    const key = session.user === null ? visitor(session.session) : named(session.user);
    const shard = this.#sessions.get(session.session)?.shard ?? shardOf(key, this.#stores.length);
    const { journal } = this.#stores[shard];
    const events = this.#sessions.get(session.session)?.events ?? [];
    const stored = this.#stores[shard].sessionSeq(key, session.session) ?? 0;
    const dropped = journal.start === 0 ? 0 : events.length === 0 ? stored : events[0].seq - 1;
    const count = dropped + events.length;
    if (count < session.acked)
      this.#found('lost', `${session.session}: ${session.acked} were acknowledged, ${count} are there`);
    for (const [i, event] of events.entries()) this.#checkEvent(session, event, dropped + i, key);
    if (stored !== count)
      this.#found('differs', `the seq of ${session.session} is ${stored}, its journal has ${count} events`);
  }

  #checkEvent({ session, sent }: LedgerSession, event: JournalEvent, i: number, key: string): void {
    if (event.seq <= i) this.#found('double', `${session}: ${event.seq}`);
    else if (event.seq > i + 1) this.#found('disorder', `${session}: ${event.seq} in the place of ${i + 1}`);
    if (i >= sent.length) return this.#found('unexpected', `${session}: ${event.seq}, which was not sent`);
    const { e, item } = sent[i];
    if (event.user !== key || event.kind !== eventKind(e) || event.items[0] !== item)
      this.#found('unexpected', `${session}: ${event.seq} is not what was sent`);
  }
}
