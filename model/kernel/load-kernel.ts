import { readFileSync } from 'node:fs';
import { Instance, Module, type SharedMemory, type KernelModule } from './webassembly.js';

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

/** Beside this file where it is built; a test that runs the source takes it from there. */
const FILE = import.meta.url.endsWith('.ts') ? '../../dist/model/kernel/kernel.wasm' : './kernel.wasm';

let compiled: KernelModule | undefined;

/** The kernel over `memory`, which it reads and writes where it is told to. Compiled once a thread. */
export function loadKernel(memory: SharedMemory): KernelFunctions {
  compiled ??= new Module(readFileSync(new URL(FILE, import.meta.url)));
  const { exports } = new Instance(compiled, { env: { memory } });
  return exports as KernelFunctions;
}
