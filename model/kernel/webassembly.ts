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

export const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi })
  .WebAssembly;
