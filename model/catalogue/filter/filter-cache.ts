import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import type { CompiledFilter } from '../shared-catalogue.js';
import { filterKey, type Filter } from './filter.js';
import { compileFilter, filterNames, type FilterColumns } from './filter-compiler.js';

/** Bytes of compiled filters that are kept. */
const CACHE_BYTES_MAX = 16 * 1024 * 1024;
/** What a node of a compiled filter takes, roughly, beside its sets. */
const NODE_BYTES = 128;

interface CachedFilter {
  readonly filter: Filter;
  readonly compiled: CompiledFilter;
  readonly names: readonly string[];
  /** Versions of the named columns when it was compiled, or found to be still the same; −1 for a name that was unknown. */
  versions: readonly number[];
}

/** Compiled filters by what they say. The same object comes back as long as it holds, so that identity tells a change. */
export class FilterCache {
  readonly #columns: FilterColumns;
  readonly #byKey: LRUCache<string, CachedFilter>;
  readonly #byCompiled = new WeakMap<CompiledFilter, CachedFilter>();

  constructor(columns: FilterColumns, bytesMax = CACHE_BYTES_MAX) {
    this.#columns = columns;
    this.#byKey = new LRUCache({
      maxSize: bytesMax,
      sizeCalculation: (cached, key) => filterBytes(cached.compiled) + 2 * key.length,
    });
  }

  /** The filter (checked by `parseFilter`), compiled for the catalogue as it is now. Not to be changed. */
  compile(filter: Filter): CompiledFilter {
    const key = filterKey(filter);
    const cached = this.#byKey.get(key);
    if (cached !== undefined && this.stillCurrent(cached.compiled)) return cached.compiled;
    const fresh = this.#compile(filter);
    this.#byKey.set(key, fresh);
    this.#byCompiled.set(fresh.compiled, fresh);
    return fresh.compiled;
  }

  /**
   * False when the catalogue has learned a value since `compiled` (made by this cache) was made that changes what it tests:
   * whoever keeps it has to call `compile` again.
   */
  stillCurrent(compiled: CompiledFilter): boolean {
    const cached = this.#byCompiled.get(compiled);
    return cached !== undefined && (this.#isCurrent(cached) || this.#isTheSame(cached));
  }

  /** Most of what a catalogue learns says nothing to a filter: then the one that is kept goes on. */
  #isTheSame(cached: CachedFilter): boolean {
    const fresh = this.#compile(cached.filter);
    if (!isDeepStrictEqual(fresh.compiled, cached.compiled)) return false;
    cached.versions = fresh.versions;
    return true;
  }

  #compile(filter: Filter): CachedFilter {
    const names = [...filterNames(filter)];
    // A copy of the root: constants are shared between filters, and identity has to tell filters apart.
    const compiled = { ...compileFilter(filter, this.#columns) };
    return { filter, compiled, names, versions: names.map((name) => this.#version(name)) };
  }

  #isCurrent({ names, versions }: CachedFilter): boolean {
    return names.every((name, i) => this.#version(name) === versions[i]);
  }

  #version(name: string): number {
    return this.#columns.filterColumn(name)?.version ?? -1;
  }
}

function filterBytes(filter: CompiledFilter): number {
  switch (filter.op) {
    case 'all':
    case 'any':
      return filter.parts.reduce((bytes, part) => bytes + filterBytes(part), NODE_BYTES);
    case 'not':
      return NODE_BYTES + filterBytes(filter.part);
    case 'codes':
      return NODE_BYTES + filter.bits.byteLength;
    case 'values':
      return NODE_BYTES + filter.values.byteLength;
    default:
      return NODE_BYTES;
  }
}
