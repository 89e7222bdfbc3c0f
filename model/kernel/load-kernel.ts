import { readFileSync } from 'node:fs';
import { Instance, Module, type KernelModule, type SharedMemory } from './webassembly.js';

/** Address of an array in the kernel's memory, or of its element `index` where these have four bytes. */
export function at({ byteOffset }: Float32Array | Float64Array | Int32Array, index = 0): number {
  return byteOffset + index * 4;
}

/** The functions of `assembly/index.ts`, which says what they do. Addresses are bytes in the memory that they were loaded with. */
export interface KernelFunctions {
  dots(
    table: number,
    rows: number,
    count: number,
    width: number,
    targets: number,
    targetCount: number,
    out: number,
    stride: number,
  ): void;
  likenesses(table: number, rows: number, count: number, width: number, target: number, out: number): void;
  cut(
    items: number,
    columns: number,
    stride: number,
    count: number,
    keep: number,
    counts: number,
    dropped: number,
  ): number;
  blanks(table: number, rows: number, count: number, width: number, out: number): void;
  alike(codes: number, count: number, code: number, out: number): void;
  sharesOf(
    codes: number,
    count: number,
    known: number,
    shares: number,
    knownCount: number,
    out: number,
  ): void;
  greatest(first: number, columns: number, stride: number, count: number, out: number): void;
  scale(numbers: number, count: number, factor: number): void;
  features(from: number, user: number, to: number, stride: number, count: number): void;
  combine(
    columns: number,
    columnCount: number,
    stride: number,
    count: number,
    weights: number,
    bias: number,
    out: number,
  ): void;
}

/** Beside this file where it is built; a test that runs the source says where that is. */
const FOLDER = import.meta.url.endsWith('.ts')
  ? `../../${process.env['AFTERCLICK_BUILT'] ?? 'dist'}/model/kernel/`
  : './';

let compiled: KernelModule | undefined;

/** The kernel over `memory`, which it reads and writes where it is told to. Compiled once a thread. */
export function loadKernel(memory: SharedMemory): KernelFunctions {
  compiled ??= new Module(readFileSync(new URL(`${FOLDER}kernel.wasm`, import.meta.url)));
  const { exports } = new Instance(compiled, { env: { memory } });
  return exports as KernelFunctions;
}
