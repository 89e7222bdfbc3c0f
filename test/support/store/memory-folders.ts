import { openMemoryStore } from '../../../shards/store/memory/memory-store.js';
import { DATA_FORMAT, type DataFolder } from '../../../shards/store/data-folder.js';
import type { ShardFolders } from '../../../shards/reshard/shard-folders.js';
import type { CommitBatch, ShardStore } from '../../../shards/store/store.js';

/** Stores in memory that outlive a move, which ends at any step: after `steps` commits and renames the power is cut. */
export class MemoryFolders implements ShardFolders {
  readonly stores = new Map<number, ShardStore>();
  readonly retired: { readonly shard: number; readonly store: ShardStore }[] = [];
  folder: DataFolder;
  /** Steps left until the power is cut. */
  steps = Infinity;
  /** Steps taken so far. */
  taken = 0;

  constructor(shards: number) {
    this.folder = { format: DATA_FORMAT, shards, createdAt: '2026-01-02T03:04:05.000Z' };
    for (let shard = 0; shard < shards; shard++) this.storeOf(shard);
  }

  /** The store of a shard, made when it is missing; its commits are no steps. */
  storeOf(shard: number): ShardStore {
    const store = this.stores.get(shard) ?? openMemoryStore();
    this.stores.set(shard, store);
    return store;
  }

  read(): DataFolder {
    return this.folder;
  }

  async write(folder: DataFolder): Promise<void> {
    this.#step();
    this.folder = folder;
  }

  numbers(): number[] {
    return [...this.stores.keys()].sort((a, b) => a - b);
  }

  async open(shard: number): Promise<ShardStore> {
    this.#step();
    const store = this.storeOf(shard);
    const commit = async (batch: CommitBatch) => {
      this.#step();
      await store.commit(batch);
    };
    return new Proxy(store, {
      get: (_, name) => {
        if (name === 'commit') return commit;
        if (name === 'close') return async () => undefined;
        const value: unknown = Reflect.get(store, name, store);
        return typeof value === 'function' ? (value.bind(store) as unknown) : value;
      },
    });
  }

  async retire(shard: number, hasJournal: boolean): Promise<void> {
    this.#step();
    if (hasJournal) this.retired.push({ shard, store: this.storeOf(shard) });
    this.stores.delete(shard);
  }

  #step(): void {
    if (this.steps-- <= 0) throw new Error('power cut');
    this.taken++;
  }
}
