import { Memory, type SharedMemory } from './webassembly.js';

const PAGE_BYTES = 65_536;
/** What 32 bits can address. */
const PAGES_MAX = 65_536;
/** Buffers begin at whole cache lines. */
const ALIGNMENT_BYTES = 64;

/** Makes a memory of at least `bytes`, zeros, that may be handed to other threads. Address space only, until it is written. */
export function createSharedMemory(bytes: number): SharedMemory {
  return new Memory({ initial: pagesOf(bytes), maximum: PAGES_MAX, shared: true });
}

/**
 * Makes buffers of `lengths` numbers, zeros, behind what the memory holds. They are the caller's, for as long as the memory
 * lives: any thread may call, and none gets what another has.
 */
export function growBuffers<Name extends string>(
  memory: SharedMemory,
  lengths: Readonly<Record<Name, number>>,
): Readonly<Record<Name, Float32Array>> {
  const names = Object.keys(lengths) as Name[];
  const offsets: number[] = [];
  let bytes = 0;
  for (const name of names) {
    offsets.push(bytes);
    bytes += Math.ceil((lengths[name] * 4) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  }
  const start = memory.grow(pagesOf(bytes)) * PAGE_BYTES;
  const buffers = names.map((name, i) => [
    name,
    new Float32Array(memory.buffer, start + offsets[i], lengths[name]),
  ]);
  return Object.fromEntries(buffers) as Record<Name, Float32Array>;
}

function pagesOf(bytes: number): number {
  return Math.ceil(bytes / PAGE_BYTES);
}
