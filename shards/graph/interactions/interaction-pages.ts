import type { ShardStore } from '../../store/store.js';
import {
  PAGE_ITEMS,
  PAGE_SESSIONS,
  pageFields,
  type PageField,
  viewInteractions,
  type PageKind,
  type SharedInteractions,
} from './interaction-buffers.js';
import { strangerMark } from './distinct-shoppers.js';
import type { InteractionGraph } from './interaction-graph.js';
import { packWords, unpackWords } from './packed-words.js';
import { ReplayedPages } from './replayed-pages.js';
import type { TopItems } from './top-items.js';

/** What the keys of all pages, and of their position, begin with. */
export const PAGE_KEYS = 'interactions/';
const ITEM_PAGE = 'interactions/items/';
const SESSION_PAGE = 'interactions/sessions/';
const POSITION = 'interactions/position';
/** Version of the bytes of a page; first byte of each. Pages of version 2 are not packed, those of version 1 do not say whose sessions they have either. */
const PAGE_VERSION = 3;
const PAGE_VERSION_UNPACKED = 2;
const PAGE_VERSION_UNMARKED = 1;
/**
 * u8 version, u8 0, u48 journal position that the page contains, little-endian. Pages of older versions have 0 there: they contain what
 * the position of all pages says, as every page does.
 */
const HEADER_BYTES = 8;
const POSITION_AT = 2;
const POSITION_BYTES = 6;

/** A page on its way to the store: a row of `CommitBatch.blobs`. */
export interface PageWrite {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly sealed?: Uint8Array;
}

/**
 * All pages changed since the last write-out, as blobs to commit together, and the journal position they contain; the caller's.
 * While others wait, see `PageSweep`.
 */
export function takeChangedPages(graph: InteractionGraph, position: number): PageWrite[] {
  const writes: PageWrite[] = [];
  for (const page of graph.dirtyItemPages) writes.push(pageWrite(graph, 'items', page, position));
  for (const page of graph.dirtySessionPages) writes.push(pageWrite(graph, 'sessions', page, position));
  graph.dirtyItemPages.clear();
  graph.dirtySessionPages.clear();
  writes.push(positionWrite(position));
  return writes;
}

/** A page as it is now, with the journal position it contains; a copy. */
export function pageWrite(
  { shared }: InteractionGraph,
  kind: PageKind,
  page: number,
  position: number,
): PageWrite {
  return { key: pageKey(kind, page), bytes: encodePage(shared, kind, page, position) };
}

/** The bytes of a page for the store of another shard, whose journal it has nothing to do with; a copy. */
export function asMovedPage(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy.fill(0, POSITION_AT, HEADER_BYTES);
  return copy;
}

function pageKey(kind: PageKind, page: number): string {
  return (kind === 'items' ? ITEM_PAGE : SESSION_PAGE) + page;
}

/** The blob that says which journal position all stored pages contain; one may contain more. */
export function positionWrite(position: number): PageWrite {
  return { key: POSITION, bytes: new Uint8Array(Float64Array.of(position).buffer) };
}

/**
 * Shard whose store keeps a page, by the key of its blob: the shard that writes its rows. Session pages that an uneven
 * division leaves without a writer are the last shard's. Undefined when the key is not that of a page.
 * @param sessions rows of the session table, a multiple of `PAGE_SESSIONS`
 */
export function keeperOfPage(key: string, sessions: number, shards: number): number | undefined {
  if (key.startsWith(ITEM_PAGE)) return Number(key.slice(ITEM_PAGE.length)) % shards;
  if (!key.startsWith(SESSION_PAGE)) return undefined;
  const pagesEach = Math.max(1, Math.floor(sessions / PAGE_SESSIONS / shards));
  return Math.min(shards - 1, Math.floor(Number(key.slice(SESSION_PAGE.length)) / pagesEach));
}

/** Journal position that all stored pages contain; undefined when none were ever stored. */
export function storedPosition(store: ShardStore): number | undefined {
  const bytes = store.blob(POSITION);
  return bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
}

/** True when pages were ever stored. */
export function hasPages(store: ShardStore): boolean {
  for (const page of store.blobs(ITEM_PAGE)) return page.key !== '';
  return false;
}

/**
 * Fills the shared buffers from the pages of this shard's store. Pages of other bounds are left out: they are counted and returned.
 * `replayed` hears which position each page contains.
 */
export function loadPages(
  graph: InteractionGraph,
  store: ShardStore,
  replayed = new ReplayedPages(),
): { loaded: number; unfit: number } {
  let loaded = 0;
  let unfit = 0;
  for (const [prefix, kind] of [
    [ITEM_PAGE, 'items'],
    [SESSION_PAGE, 'sessions'],
  ] as const) {
    for (const { key, bytes } of store.blobs(prefix)) {
      const page = Number(key.slice(prefix.length));
      if (decodePage(graph.shared, kind, page, bytes)) {
        loaded++;
        replayed.note(kind, page, pagePosition(bytes));
      } else unfit++;
    }
  }
  return { loaded, unfit };
}

/** Marks every page that holds something and that this shard owns, so that the next write-out has all of them. */
export function markAllPages(graph: InteractionGraph): void {
  const { bounds } = graph.shared;
  for (let item = 0; item < bounds.items; item++) {
    if (graph.popularAt(item) > 0 && graph.owns(item))
      graph.dirtyItemPages.add(Math.floor(item / PAGE_ITEMS));
  }
  for (let row = 0; row < bounds.sessions; row++) {
    if (graph.arrays.sessionId[row] > 0 && graph.ownsSessionRow(row))
      graph.dirtySessionPages.add(Math.floor(row / PAGE_SESSIONS));
  }
}

/** Puts what the graph knows into the orders of trends and of popularity, after a load. */
export function rebuildTops(graph: InteractionGraph, trends: TopItems, popular: TopItems): void {
  const { shared } = graph;
  for (let item = 0; item < shared.bounds.items; item++) {
    const atMs = graph.popularAt(item);
    if (atMs === 0) continue;
    trends.update(item, graph.recent(item), atMs);
    popular.update(item, graph.popular(item), atMs);
  }
}

function encodePage(shared: SharedInteractions, kind: PageKind, page: number, position: number): Uint8Array {
  const fields = pageFields(shared, kind, page);
  const words = new Uint32Array(wordCount(fields));
  let at = 0;
  for (const field of fields) {
    field.read(words, at);
    at += field.length;
  }
  const packed = packWords(words);
  const out = Buffer.alloc(HEADER_BYTES + packed.byteLength);
  out[0] = PAGE_VERSION;
  out.writeUIntLE(position, POSITION_AT, POSITION_BYTES);
  out.set(new Uint8Array(packed.buffer), HEADER_BYTES);
  return out;
}

function wordCount(fields: readonly PageField[]): number {
  return fields.reduce((sum, { length }) => sum + length, 0);
}

function pagePosition({ buffer, byteOffset, byteLength }: Uint8Array): number {
  return Buffer.from(buffer, byteOffset, byteLength).readUIntLE(POSITION_AT, POSITION_BYTES);
}

function decodePage(shared: SharedInteractions, kind: PageKind, page: number, bytes: Uint8Array): boolean {
  const { bounds } = shared;
  const pages = kind === 'items' ? bounds.items / PAGE_ITEMS : bounds.sessions / PAGE_SESSIONS;
  if (page >= pages) return false;
  const isUnmarked = kind === 'sessions' && bytes[0] === PAGE_VERSION_UNMARKED;
  const fields = pageFields(shared, kind, page).slice(0, isUnmarked ? -1 : undefined);
  const words = wordsOf(bytes, wordCount(fields));
  if (words === undefined) return false;
  let at = 0;
  for (const field of fields) {
    field.write(words, at);
    at += field.length;
  }
  if (isUnmarked) markStrangers(shared, page);
  return true;
}

/** What stands behind the header, unpacked; undefined when it is not so many words, or of another version. */
function wordsOf(bytes: Uint8Array, count: number): Uint32Array | undefined {
  const version = bytes[0];
  if (bytes.length < HEADER_BYTES || bytes.length % 4 !== 0) return undefined;
  const stored = new Uint32Array(new Uint8Array(bytes.subarray(HEADER_BYTES)).buffer);
  if (version === PAGE_VERSION) {
    const words = new Uint32Array(count);
    return unpackWords(stored, words) ? words : undefined;
  }
  const isKnown = version === PAGE_VERSION_UNPACKED || version === PAGE_VERSION_UNMARKED;
  return isKnown && stored.length === count ? stored : undefined;
}

/** Whose the sessions of a page were is not known: each is taken for somebody else's. */
function markStrangers(shared: SharedInteractions, page: number): void {
  const { sessionId, sessionShopper } = viewInteractions(shared);
  for (let row = page * PAGE_SESSIONS; row < (page + 1) * PAGE_SESSIONS; row++)
    if (sessionId[row] !== 0) sessionShopper[row] = strangerMark(row);
}
