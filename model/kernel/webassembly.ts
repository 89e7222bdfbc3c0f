import { StartupError } from '../../metrics/process/startup-error.js';

/** What the kernel uses of WebAssembly. Node's types leave it to those of the browser, with which they do not go together. */
interface WebAssemblyApi {
  readonly Memory: new (bounds: {
    readonly initial: number;
    readonly maximum: number;
    readonly shared: true;
  }) => SharedMemory;
  readonly Module: new (bytes: Uint8Array) => KernelModule;
  readonly Instance: new (
    module: KernelModule,
    imports: { readonly env: { readonly memory: SharedMemory } },
  ) => { readonly exports: unknown };
}

/** Memory that several threads have, in pages of 64 KiB. */
export interface SharedMemory {
  /** All of it as it is now; what was taken of it before it grew stays what it was. */
  readonly buffer: SharedArrayBuffer;
  /** Adds pages of zeros at the end; returns how many there were. Throws a `RangeError` when there is no room for them. */
  grow(pages: number): number;
}

declare const compiledMark: unique symbol;
/** Compiled code, of any number of instances. */
export interface KernelModule {
  readonly [compiledMark]: true;
}

const api = (globalThis as unknown as { WebAssembly?: WebAssemblyApi }).WebAssembly;

/** Undefined where there is no WebAssembly: `checkWebAssembly` comes first. */
export const { Memory, Module, Instance } = api ?? ({} as WebAssemblyApi);

/** Throws `StartupError` `webassembly_missing` where Node was started without WebAssembly. */
export function checkWebAssembly(): void {
  if (api !== undefined) return;
  throw new StartupError(
    'webassembly_missing',
    'there is no WebAssembly in this process, and lists are scored with it: start Node without --jitless and ' +
      '--no-expose-wasm (also in NODE_OPTIONS)',
  );
}
