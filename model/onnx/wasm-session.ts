/* oxlint-disable eslint/no-underscore-dangle -- so the module names its functions */
import type { TensorConstructor } from 'onnxruntime-node';
import type { EnginePort, EngineSession } from './onnx-engine.js';
import type { Fetches, Tensor, Tensors } from './onnx-session.js';
import { lastError, type OrtWasm } from './ort-wasm.js';

/** Types of tensors here: ONNX's number of each, and the array of its values. */
const KINDS = {
  float32: { number: 1, Values: Float32Array },
  int32: { number: 6, Values: Int32Array },
  int64: { number: 7, Values: BigInt64Array },
} as const;
type Kind = keyof typeof KINDS;
type Values = Float32Array | Int32Array | BigInt64Array;

const OPTIMISE_ALL = 99;
const IN_MODULE = 1;

/**
 * A graph in ONNX Runtime's WebAssembly. Values are copied in before a run and out after it; what was allocated for one is freed
 * before it returns. Tensors are of the types of `KINDS`; others are refused.
 */
export class WasmSession implements EngineSession {
  readonly inputMetadata: readonly EnginePort[];
  readonly outputMetadata: readonly EnginePort[];
  readonly #wasm: OrtWasm;
  readonly #Tensor: TensorConstructor;
  readonly #session: number;
  /** Names of inputs and outputs in the module's memory. */
  readonly #names = new Map<string, number>();

  private constructor(wasm: OrtWasm, Tensor: TensorConstructor, session: number) {
    this.#wasm = wasm;
    this.#Tensor = Tensor;
    this.#session = session;
    const at = wasm._malloc(8);
    wasm._OrtGetInputOutputCount(session, at, at + 4);
    const [inputs, outputs] = wasm.HEAP32.slice(at / 4, at / 4 + 2);
    wasm._free(at);
    this.inputMetadata = Array.from({ length: inputs }, (_, i) => this.#port(i));
    this.outputMetadata = Array.from({ length: outputs }, (_, i) => this.#port(inputs + i));
  }

  /** Throws ONNX Runtime's message when the bytes are no valid model. */
  static load(wasm: OrtWasm, Tensor: TensorConstructor, bytes: Uint8Array): WasmSession {
    const model = wasm._malloc(bytes.byteLength);
    wasm.HEAPU8.set(bytes, model);
    const options = wasm._OrtCreateSessionOptions(OPTIMISE_ALL, true, true, 0, false, 0, 0, 3, 0, 0);
    const session = wasm._OrtCreateSession(model, bytes.byteLength, options);
    const problem = session === 0 ? lastError(wasm) : undefined;
    wasm._OrtReleaseSessionOptions(options);
    wasm._free(model);
    if (problem !== undefined) throw problem;
    return new WasmSession(wasm, Tensor, session);
  }

  run(feeds: Tensors, fetches: Fetches): Tensors {
    const wasm = this.#wasm;
    const [inputs, outputs] = [Object.keys(feeds), Object.keys(fetches)];
    const table = new Int32Array(2 * (inputs.length + outputs.length));
    const at = wasm._malloc(table.byteLength);
    const memory: number[] = [at];
    const tensors: number[] = [];
    try {
      inputs.forEach((name, i) => {
        table[i] = this.#name(name);
        table[inputs.length + i] = this.#enter(feeds[name], memory, tensors);
      });
      outputs.forEach((name, i) => (table[2 * inputs.length + i] = this.#name(name)));
      wasm.HEAP32.set(table, at / 4);
      const [values, names] = [at + 4 * inputs.length, at + 8 * inputs.length];
      const results = names + 4 * outputs.length;
      const { length } = outputs;
      if (wasm._OrtRun(this.#session, at, values, inputs.length, names, length, results, 0) !== 0)
        throw lastError(wasm);
      const made = wasm.HEAP32.slice(results / 4, results / 4 + outputs.length);
      tensors.push(...made);
      return Object.fromEntries(outputs.map((name, i) => [name, this.#leave(made[i], fetches[name])]));
    } finally {
      for (const tensor of tensors) wasm._OrtReleaseTensor(tensor);
      for (const address of memory) wasm._free(address);
    }
  }

  dispose(): void {
    this.#wasm._OrtReleaseSession(this.#session);
    for (const address of this.#names.values()) this.#wasm._OrtFree(address);
    this.#names.clear();
  }

  /** A tensor of the module with the values of this one. */
  #enter({ type, data, dims }: Tensor, memory: number[], tensors: number[]): number {
    const wasm = this.#wasm;
    const values = data as Values;
    const kind = KINDS[kindOf(type)].number;
    const at = wasm._malloc(values.byteLength + 4 * dims.length);
    memory.push(at);
    const end = at + values.byteLength;
    wasm.HEAPU8.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    wasm.HEAP32.set(dims, end / 4);
    const tensor = wasm._OrtCreateTensor(kind, at, values.byteLength, end, dims.length, IN_MODULE);
    if (tensor === 0) throw lastError(wasm);
    tensors.push(tensor);
    return tensor;
  }

  /** The values of a tensor of the module, in `into` where it is given. */
  #leave(tensor: number, into: Tensor | null): Tensor {
    const wasm = this.#wasm;
    const at = wasm._malloc(16);
    wasm._OrtGetTensorData(tensor, at, at + 4, at + 8, at + 12);
    const [type, data, dimsAt, dimCount] = wasm.HEAP32.slice(at / 4, at / 4 + 4);
    const dims = Array.from(wasm.HEAP32.subarray(dimsAt / 4, dimsAt / 4 + dimCount));
    wasm._OrtFree(dimsAt);
    wasm._free(at);
    const count = dims.reduce((product, dim) => product * dim, 1);
    const kind = kindOf((Object.keys(KINDS) as Kind[]).find((one) => KINDS[one].number === type) ?? type);
    const { Values } = KINDS[kind];
    const bytes = wasm.HEAPU8.slice(data, data + Values.BYTES_PER_ELEMENT * count);
    const values = new Values(bytes.buffer);
    if (into === null) return new this.#Tensor(kind, values, dims);
    (into.data as Float32Array).set(values as Float32Array);
    return into;
  }

  #name(name: string): number {
    const address = this.#names.get(name);
    if (address === undefined) throw new Error(`invalid input or output: '${name}'`);
    return address;
  }

  #port(index: number): EnginePort {
    const wasm = this.#wasm;
    const at = wasm._malloc(8);
    wasm._OrtGetInputOutputMetadata(this.#session, index, at, at + 4);
    const [nameAt, metadata] = wasm.HEAP32.slice(at / 4, at / 4 + 2);
    wasm._free(at);
    const name = wasm.UTF8ToString(nameAt);
    this.#names.set(name, nameAt);
    const [type, dimCount] = wasm.HEAP32.slice(metadata / 4, metadata / 4 + 2);
    const symbols =
      type === 0 ? [] : Array.from(wasm.HEAP32.subarray(metadata / 4 + 2, metadata / 4 + 2 + dimCount));
    const sizes = wasm.HEAP32.slice(metadata / 4 + 2 + dimCount, metadata / 4 + 2 + 2 * dimCount);
    const symbolicDimensions = symbols.map((symbol) => (symbol === 0 ? '' : wasm.UTF8ToString(symbol)));
    const shape = symbols.map((symbol, i) => (symbol === 0 ? sizes[i] : -1));
    wasm._OrtFree(metadata);
    return { name, isTensor: type !== 0, type, shape, symbolicDimensions };
  }
}

/** Throws, by ONNX's name or number, for a type that is not read here. */
function kindOf(type: string | number): Kind {
  if (typeof type === 'string' && type in KINDS) return type as Kind;
  throw new Error(`expected a tensor of ${Object.keys(KINDS).join(', ')}, found type ${type}`);
}
