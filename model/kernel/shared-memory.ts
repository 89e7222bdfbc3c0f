import { threadId } from 'node:worker_threads';
import { checkWebAssembly, Memory, type SharedMemory } from './webassembly.js';

const PAGE_BYTES = 65_536;
/** What 32 bits can address. */
const PAGES_MAX = 65_536;
/** Buffers begin at whole cache lines. */
const ALIGNMENT_BYTES = 64;
/** Rooms that a memory may have. Each shard needs two, a shard that is started again and a judgement two more for a while. */
const ROOMS_MAX = 2_048;
/** Fields of a room in `RoomyMemory.rooms`. */
const ROOM = { owner: 0, page: 1, pages: 2, fields: 3 } as const;

/** Memory that several threads have, and which of them has which room in it. */
export interface RoomyMemory {
  readonly memory: SharedMemory;
  /**
   * Int32 [ROOMS_MAX, 3]: of each room who has it (0: nobody, or 1 + the `threadId` of a thread or the number of `roomsOf`), its first page and its
   * number of pages (0: not made yet). Who sets the owner from 0 may write the other two.
   */
  readonly rooms: SharedArrayBuffer;
}

/** Makes a memory of at least `bytes`, zeros, that may be handed to other threads. Address space only, until it is written. Throws as `checkWebAssembly`. */
export function createSharedMemory(bytes: number): RoomyMemory {
  checkWebAssembly();
  return {
    memory: new Memory({ initial: pagesOf(bytes), maximum: PAGES_MAX, shared: true }),
    rooms: new SharedArrayBuffer(ROOMS_MAX * ROOM.fields * 4),
  };
}

/**
 * Makes buffers of `lengths` numbers, zeros, behind what the memory holds. They are the calling thread's until
 * `giveBack` is called for it: any thread may call, and none gets what another has. Throws a `RangeError` when the memory is full.
 */
export function takeBuffers<Name extends string>(
  shared: RoomyMemory,
  lengths: Readonly<Record<Name, number>>,
): Readonly<Record<Name, Float32Array>> {
  const names = Object.keys(lengths) as Name[];
  const offsets: number[] = [];
  let bytes = 0;
  for (const name of names) {
    offsets.push(bytes);
    bytes += Math.ceil((lengths[name] * 4) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
  const start = takeRoom(shared, pagesOf(bytes)) * PAGE_BYTES;
  const { buffer } = shared.memory;
  new Uint8Array(buffer, start, bytes).fill(0);
  const buffers = names.map((name, i) => [name, new Float32Array(buffer, start + offsets[i], lengths[name])]);
  return Object.fromEntries(buffers) as Record<Name, Float32Array>;
}

/** Takes from a thread that has ended what it had, for others to have. `thread` is what its `threadId` was, or a number of `roomsOf`. */
export function giveBack({ rooms }: RoomyMemory, thread: number): void {
  const all = new Int32Array(rooms);
  for (let at = 0; at < all.length; at += ROOM.fields)
    Atomics.compareExchange(all, at + ROOM.owner, thread + 1, 0);
}

/** Whose the buffers are that are taken now. */
let taker = threadId;

/**
 * What `make` gives; the buffers that it takes are `owner`'s in place of the thread's, so that they can be given back while the
 * thread goes on. `owner` is a number that is no thread's, at most 2^31 - 2.
 */
export function roomsOf<T>(owner: number, make: () => T): T {
  taker = owner;
  try {
    return make();
  } finally {
    taker = threadId;
  }
}

/** First page of a room that nobody has. */
function takeRoom({ memory, rooms }: RoomyMemory, pages: number): number {
  const all = new Int32Array(rooms);
  for (let at = 0; at < all.length; at += ROOM.fields) {
    if (Atomics.compareExchange(all, at + ROOM.owner, 0, taker + 1) !== 0) continue;
    if (all[at + ROOM.pages] === pages) return all[at + ROOM.page];
    if (all[at + ROOM.pages] === 0) return makeRoom(memory, all, at, pages);
    Atomics.store(all, at + ROOM.owner, 0);
  }
  throw new RangeError(`a memory that threads share has no more than ${ROOMS_MAX} rooms`);
}

function makeRoom(memory: SharedMemory, all: Int32Array, at: number, pages: number): number {
  try {
    all[at + ROOM.page] = memory.grow(pages);
    all[at + ROOM.pages] = pages;
    return all[at + ROOM.page];
  } catch (error) {
    Atomics.store(all, at + ROOM.owner, 0);
    throw error;
  }
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
