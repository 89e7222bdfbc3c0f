import { openMemoryStore } from '../../../shards/store/memory/memory-store.js';
import type { CommitBatch, ShardStore } from '../../../shards/store/store.js';

/**
 * A store, in memory unless another is given, that remembers every commit, so that a test can hold their fsync back (`holds`, `release`) or open what
 * a crash would have left after any number of them (`afterCrash`).
 */
export class RecordingStore implements ShardStore {
  readonly batches: CommitBatch[] = [];
  /** True: commits do not become durable until `release`. */
  holds = false;
  /** Set: the disk refuses every further commit with it. */
  refusal: Error | undefined;
  /** True: what could go with the journal's next group waits until `beginGroup`. */
  isBetweenGroups = false;
  #gather: (() => void) | undefined;
  readonly #inner: ShardStore;
  #held: (() => void)[] = [];

  constructor(inner: ShardStore = openMemoryStore()) {
    this.#inner = inner;
  }

  get journal(): ShardStore['journal'] {
    return this.#inner.journal;
  }
  get checkpoint(): number {
    return this.#inner.checkpoint;
  }

  async commit(batch: CommitBatch): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    this.batches.push(structuredClone(batch));
    const done = this.#inner.commit(batch);
    if (this.holds) await new Promise<void>((resolve) => this.#held.push(resolve));
    return done;
  }

  waitsForGroup(gather: () => void): boolean {
    if (this.isBetweenGroups) this.#gather = gather;
    return this.isBetweenGroups;
  }

  /** As a journal does that is about to write. */
  beginGroup(): void {
    const gather = this.#gather;
    this.#gather = undefined;
    gather?.();
  }

  /** Makes the oldest `count` held commits durable. */
  release(count = this.#held.length): void {
    for (const resolve of this.#held.splice(0, count)) resolve();
  }

  /** What is on the disk when the process dies after `count` commits became durable. */
  async afterCrash(count: number): Promise<RecordingStore> {
    const store = new RecordingStore();
    for (const batch of this.batches.slice(0, count)) await store.commit(batch);
    return store;
  }

  get waitsForDisk(): boolean {
    return this.#inner.waitsForDisk;
  }
  get statesModel(): number {
    return this.#inner.statesModel;
  }
  get hasRetired(): boolean {
    return this.#inner.hasRetired;
  }
  eventIdsOf(userId: string, countMax: number): string[] {
    return this.#inner.eventIdsOf(userId, countMax);
  }
  userNames(after: string): Iterable<string> {
    return this.#inner.userNames(after);
  }
  sessionsAfter(after: Parameters<ShardStore['sessionsAfter']>[0]): ReturnType<ShardStore['sessionsAfter']> {
    return this.#inner.sessionsAfter(after);
  }
  user(userId: string): Uint8Array | undefined {
    return this.#inner.user(userId);
  }
  rebuilt(userId: string): Uint8Array | undefined {
    return this.#inner.rebuilt(userId);
  }
  isRetired(userId: string): boolean {
    return this.#inner.isRetired(userId);
  }
  retired(after: string): ReturnType<ShardStore['retired']> {
    return this.#inner.retired(after);
  }
  sessionSeq(userId: string, sessionId: string): number | undefined {
    return this.#inner.sessionSeq(userId, sessionId);
  }
  hasEventId(userId: string, eventId: string): boolean {
    return this.#inner.hasEventId(userId, eventId);
  }
  alias(userId: string): string | undefined {
    return this.#inner.alias(userId);
  }
  blob(key: string): Uint8Array | undefined {
    return this.#inner.blob(key);
  }
  blobs(prefix: string): ReturnType<ShardStore['blobs']> {
    return this.#inner.blobs(prefix);
  }
  users(): ReturnType<ShardStore['users']> {
    return this.#inner.users();
  }
  sessions(): ReturnType<ShardStore['sessions']> {
    return this.#inner.sessions();
  }
  eventIds(): ReturnType<ShardStore['eventIds']> {
    return this.#inner.eventIds();
  }
  aliases(): ReturnType<ShardStore['aliases']> {
    return this.#inner.aliases();
  }
  get isEncrypted(): boolean {
    return this.#inner.isEncrypted;
  }
  visitorsOf(userId: string): string[] {
    return this.#inner.visitorsOf(userId);
  }
  record(...args: Parameters<ShardStore['record']>): Uint8Array {
    return this.#inner.record(...args);
  }
  erase(userIds: readonly string[]): Promise<void> {
    return this.#inner.erase(userIds);
  }
  setAside(): ReturnType<ShardStore['setAside']> {
    return this.#inner.setAside();
  }
  verify(...from: Parameters<ShardStore['verify']>): ReturnType<ShardStore['verify']> {
    return this.#inner.verify(...from);
  }
  readAhead(...from: Parameters<ShardStore['readAhead']>): ReturnType<ShardStore['readAhead']> {
    return this.#inner.readAhead(...from);
  }
  sealBlob(key: string, bytes: Uint8Array): ReturnType<ShardStore['sealBlob']> {
    return this.#inner.sealBlob(key, bytes);
  }
  readUsersAhead(userIds: readonly string[]): Promise<void> {
    return this.#inner.readUsersAhead(userIds);
  }
  copyTo(folder: string, signal?: AbortSignal): Promise<number> {
    return this.#inner.copyTo(folder, signal);
  }
  close(): Promise<void> {
    return this.#inner.close();
  }
}
