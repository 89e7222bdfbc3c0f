import type { Bites } from '../../metrics/process/bites.js';
import type { Catalogue } from '../../model/catalogue/catalogue.js';
import type { FilterCache } from '../../model/catalogue/filter/filter-cache.js';
import type { ShardPool } from '../../shards/api.js';
import type { TileVersions } from '../tiles/tile-versions.js';
import type { Connections } from './connections.js';

/** What is followed, who is told, and where it rests. */
export interface WatchContext {
  readonly catalogue: Catalogue;
  readonly pool: ShardPool;
  readonly bites: Pick<Bites, 'isOver' | 'rest'>;
  /** Says whether tiles show something else. */
  readonly tiles: Pick<TileVersions, 'takeChange'>;
}

/**
 * Follows the catalogue for open slots. Changes are gathered, each item once, until `tell` hands them to the shards, which
 * make those lists anew that they concern. When the catalogue has learned a name or a value, the filters of open slots are
 * looked through in bites, and those that pass something else now are defined again. Lists with tiles of items that show something
 * else now are sent again, in bites too.
 */
export class CatalogueWatch {
  readonly #context: WatchContext;
  readonly #connections: Connections;
  readonly #filters: FilterCache;
  readonly #items = new Set<number>();
  readonly #arrived = new Set<number>();
  readonly #columns = new Set<number>();
  /** Vocabulary that the open filters were last compared with. */
  #version: number;
  #isRefreshing = false;
  readonly #tiles: Pick<TileVersions, 'takeChange'>;
  #isTelling = false;

  constructor(context: WatchContext, connections: Connections, filters: FilterCache) {
    const { catalogue } = context;
    this.#context = context;
    this.#connections = connections;
    this.#filters = filters;
    this.#tiles = context.tiles;
    this.#version = catalogue.vocabularyVersion;
    catalogue.onChange((_changed, { rows, arrived, columns }) => {
      for (const index of arrived) this.#arrived.add(index);
      for (const index of rows) this.#items.add(index);
      for (const column of columns) this.#columns.add(column);
    });
  }

  /** Hands on what has gathered. Call a few times a second. */
  tell(): void {
    void this.#refreshFilters();
    void this.#tellTiles();
    if (this.#items.size === 0) return;
    this.#context.pool.catalogueChanged({
      items: Int32Array.from(this.#items),
      arrived: Int32Array.from(this.#arrived),
      columns: [...this.#columns],
    });
    this.#arrived.clear();
    this.#items.clear();
    this.#columns.clear();
  }

  /** As `#refreshFilters`: one look at a time. */
  async #tellTiles(): Promise<void> {
    if (this.#isTelling || !this.#tiles.takeChange()) return;
    this.#isTelling = true;
    await this.#connections.tellTiles(this.#context.bites);
    this.#isTelling = false;
  }

  /** One look through all connections at a time; what is learned meanwhile is for the next. */
  async #refreshFilters(): Promise<void> {
    const { catalogue, bites } = this.#context;
    const version = catalogue.vocabularyVersion;
    if (this.#isRefreshing || version === this.#version) return;
    this.#isRefreshing = true;
    await this.#connections.refreshFilters(
      ({ filter }) => filter === undefined || this.#filters.stillCurrent(filter),
      bites,
    );
    this.#version = version;
    this.#isRefreshing = false;
  }
}
