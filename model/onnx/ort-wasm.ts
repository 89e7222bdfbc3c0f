/* oxlint-disable eslint/no-underscore-dangle -- so the module names its functions */
/**
 * What is used of ONNX Runtime's WebAssembly module (`lib/wasm/wasm-types.ts` of onnxruntime-web). Addresses are bytes from the
 * beginning of its memory; views of it (`HEAPU8`) are anew after each call that may make it grow. Functions that return a
 * status return 0 when all is well.
 */
export interface OrtWasm {
  readonly HEAPU8: Uint8Array;
  readonly HEAP32: Int32Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  UTF8ToString(address: number): string;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, address: number, bytesMax: number): void;
  _OrtInit(threads: number, logLevel: number): number;
  _OrtGetLastError(code: number, message: number): number;
  _OrtCreateSession(model: number, bytes: number, options: number): number;
  _OrtReleaseSession(session: number): number;
  _OrtGetInputOutputCount(session: number, inputs: number, outputs: number): number;
  _OrtGetInputOutputMetadata(session: number, index: number, name: number, metadata: number): number;
  _OrtFree(address: number): number;
  /** `dims` are 32 bits each; `location` 1 is the memory of the module. */
  _OrtCreateTensor(
    type: number,
    data: number,
    bytes: number,
    dims: number,
    dimCount: number,
    location: number,
  ): number;
  /** Writes type, address, dimensions (to be freed) and their number. */
  _OrtGetTensorData(tensor: number, type: number, data: number, dims: number, dimCount: number): number;
  _OrtReleaseTensor(tensor: number): number;
  _OrtRun(
    session: number,
    inputNames: number,
    inputs: number,
    inputCount: number,
    outputNames: number,
    outputCount: number,
    outputs: number,
    options: number,
  ): number;
  _OrtCreateSessionOptions(
    optimisation: number,
    hasArena: boolean,
    hasPattern: boolean,
    execution: number,
    profiles: boolean,
    profilePrefix: number,
    logId: number,
    logLevel: number,
    verbosity: number,
    optimisedPath: number,
  ): number;
  _OrtReleaseSessionOptions(options: number): number;
}

/** The module's last error, as an `Error` to throw. */
export function lastError(wasm: OrtWasm): Error {
  const at = wasm._malloc(8);
  wasm._OrtGetLastError(at, at + 4);
  const message = wasm.UTF8ToString(wasm.HEAP32[at / 4 + 1]);
  wasm._free(at);
  return new Error(message);
}
