import { crc32 } from 'node:zlib';
import type { Clock } from '../../metrics/process/clock.js';
import { COUNTER } from '../../metrics/table.js';
import type { ThreadStats } from '../../metrics/thread-stats.js';
import type { Damage, RecordKind, SetAsideRow } from '../store/damage.js';
import { setAsideKey } from '../store/set-aside-record.js';
import type { ShardStore } from '../store/store.js';
import type { SetAsideNote, SetAsideReport } from '../wire/shard-report.js';

/** Records kept, bytes of all of them, and bytes of one; what is longer is cut. */
const ROWS_MAX = 10_000;
const BYTES_MAX = 64 * 2 ** 20;
const ROW_BYTES_MAX = 2 ** 20;
/** Records named in a report. */
const LATEST_MAX = 20;

/** Hears of what was set aside, once a turn of the event loop at most. */
export type QuarantineListener = (report: SetAsideReport, fresh: readonly SetAsideNote[]) => void;

/**
 * What a shard cannot read or apply. It is set aside: kept in a table of the shard's store with its key, the reason and the
 * time, counted, and told of without its content; the same bytes of the same record once. The store hears of it in a commit
 * of its own. A full quarantine counts and tells, and keeps no more. Nothing here throws for what it is given.
 *
 * A user is owed when the journal may know what the lost record knew: the next recovery makes them anew.
 */
export class Quarantine {
  readonly #stats: ThreadStats;
  readonly #clock: Clock;
  /** Checksum of the bytes of each record kept, by its key. */
  readonly #known = new Map<string, number>();
  readonly #counts = new Map<RecordKind, number>();
  /** By key. */
  readonly #owed = new Map<string, SetAsideRow>();
  readonly #owedUsers = new Set<string>();
  /** What was found damaged while the store was being opened. */
  #early: Damage[] = [];
  /** Newest first. */
  #latest: SetAsideNote[] = [];
  #waiting: SetAsideRow[] = [];
  #fresh: SetAsideNote[] = [];
  #bytes = 0;
  #store: ShardStore | undefined;
  #fail: (error: unknown) => void = () => {};
  #listener: QuarantineListener = () => {};
  #isScheduled = false;

  constructor(stats: ThreadStats, clock: Clock) {
    this.#stats = stats;
    this.#clock = clock;
  }

  /** Takes in what the store has kept, and keeps from now on what comes. `fail` hears of a disk that refuses. */
  keepIn(store: ShardStore, fail: (error: unknown) => void): void {
    const kept = [...store.setAside()].sort((a, b) => a.atMs - b.atMs);
    for (const row of kept) this.#remember(row, setAsideKey(row), crc32(row.bytes));
    this.#store = store;
    this.#fail = fail;
    for (const damage of this.#early.splice(0)) this.take(damage);
  }

  /** Hands over what waits; what comes from now on is not kept. Call before the store is closed. */
  stop(): void {
    this.flush();
    this.#store = undefined;
  }

  listen(listener: QuarantineListener): void {
    this.#listener = listener;
  }

  /** Users who are owed; borrowed until `settleOwed`. */
  get owedUsers(): ReadonlySet<string> {
    return this.#owedUsers;
  }

  isOwed(userId: string): boolean {
    return this.#owedUsers.has(userId);
  }

  get report(): SetAsideReport {
    return {
      counts: Object.fromEntries(this.#counts),
      latest: this.#latest,
      owedUsers: this.#owedUsers.size,
      isFull: this.#isFull,
    };
  }

  /** Sets a record aside; a damaged user or session is owed unless `isOwed` says otherwise. */
  take(damage: Damage, isOwed = damage.kind === 'user' || damage.kind === 'session'): void {
    if (this.#store === undefined) {
      if (this.#early.length < ROWS_MAX) this.#early.push(damage);
      return;
    }
    const key = setAsideKey(damage);
    const checksum = crc32(damage.bytes);
    if (this.#known.get(key) === checksum) return;
    const bytes = damage.bytes.slice(0, ROW_BYTES_MAX);
    const row: SetAsideRow = { ...damage, bytes, atMs: this.#clock.nowMs(), isOwed };
    this.#stats.count(COUNTER.recordsSetAside[damage.kind]);
    if (!this.#isFull) this.#waiting.push(row);
    this.#remember(row, key, checksum);
    if (this.#fresh.length < LATEST_MAX) this.#fresh.push(noteOf(row));
    this.#schedule();
  }

  /** Everybody owed was made anew from the journal. */
  settleOwed(): void {
    for (const row of this.#owed.values()) this.#waiting.push({ ...row, isOwed: false });
    this.#owed.clear();
    this.#owedUsers.clear();
    this.#schedule();
  }

  /** Hands what waits to the store, and tells of it. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#waiting.length > 0) this.#store?.commit({ setAside: this.#waiting }).catch(this.#fail);
    this.#waiting = [];
    const fresh = this.#fresh;
    this.#fresh = [];
    this.#listener(this.report, fresh);
  }

  get #isFull(): boolean {
    return this.#known.size >= ROWS_MAX || this.#bytes >= BYTES_MAX;
  }

  #remember(row: SetAsideRow, key: string, checksum: number): void {
    this.#counts.set(row.kind, (this.#counts.get(row.kind) ?? 0) + 1);
    this.#latest = [noteOf(row), ...this.#latest.slice(0, LATEST_MAX - 1)];
    if (this.#isFull) return;
    this.#known.set(key, checksum);
    this.#bytes += row.bytes.length;
    if (!row.isOwed) return;
    this.#owed.set(key, row);
    this.#owedUsers.add(row.names[0]);
  }

  #schedule(): void {
    if (this.#isScheduled || this.#store === undefined) return;
    this.#isScheduled = true;
    setImmediate(() => {
      if (this.#isScheduled) this.flush();
    });
  }
}

function noteOf({ kind, names, reason, atMs, isOwed }: SetAsideRow): SetAsideNote {
  return { kind, names, reason, atMs, isOwed };
}
