/**
 * The one door to ONNX Runtime. A session runs one graph on the calling thread, which it blocks for the length of the
 * run; training belongs in a process of its own.
 *
 * Ownership: a tensor wraps the typed array it is made from, without a copy; the array must stay unchanged for the length of a
 * run. A tensor may be used for many runs. The array may not be over memory that threads share: the native binding refuses it.
 *
 * ONNX Runtime sends telemetry on Linux unless the process environment says no before the first session. Setting it here
 * suffices on the main thread; a worker thread has its own copy of the environment, so a process whose workers open
 * sessions calls `silenceTelemetry` on its main thread first (or starts them with `SHARE_ENV`).
 */
import { turn } from '../../metrics/process/turn.js';
import type { Tensor as NativeTensor } from 'onnxruntime-node';
import { onnxEngine } from './choose-engine.js';
import type { EnginePort, EngineSession } from './onnx-engine.js';

/** A named tensor's values and dimensions. */
export type Tensor = NativeTensor;
/** Tensors by the name of the graph's input or output. */
export type Tensors = Record<string, Tensor>;
/** Outputs to compute: null for a new tensor, or one of the output's shape, which is written to. */
export type Fetches = Readonly<Record<string, Tensor | null>>;

/** Element types of ONNX's `TensorProto.DataType` that graphs here use; others are known by number. */
const TYPE_NAMES: Readonly<Record<number, string>> = { 1: 'float32', 6: 'int32', 7: 'int64', 9: 'bool' };

/** Tells ONNX Runtime, for the whole process when called on its main thread, not to send telemetry. */
export function silenceTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

silenceTelemetry();

/** Float32 tensor over `values`, row-major, `values.length` equal to the product of `dims`. Borrows `values`. */
export function floatTensor(values: Float32Array, dims: readonly number[]): Tensor {
  return new (onnxEngine().Tensor)('float32', values, dims);
}

/** Int32 tensor over `values`; as `floatTensor`. */
export function intTensor(values: Int32Array, dims: readonly number[]): Tensor {
  return new (onnxEngine().Tensor)('int32', values, dims);
}

/** Int64 tensor over `values`; as `floatTensor`. */
export function longTensor(values: BigInt64Array, dims: readonly number[]): Tensor {
  return new (onnxEngine().Tensor)('int64', values, dims);
}

export interface SessionOptions {
  /** Threads inside one operator; 1 unless said: two sessions with more threads each disturb one another. */
  readonly threads?: number;
}

/** Type and shape of one input or output as the graph declares it; symbolic dimensions are their names. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** A loaded graph, ready to run. Belongs to the thread that made it. */
export class OnnxSession {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #native: EngineSession;
  readonly #all: Fetches;

  constructor(session: EngineSession) {
    this.#native = session;
    this.inputs = session.inputMetadata.map(port);
    this.outputs = session.outputMetadata.map(port);
    this.#all = outputsNamed(this.outputs.map(({ name }) => name));
  }

  /**
   * Runs the graph once, after a turn of the event loop, so that a loop of runs leaves others their turns. As `runNow`, but
   * rejects where that throws.
   */
  async run(feeds: Tensors, outputs?: readonly string[]): Promise<Tensors> {
    await turn();
    return this.runNow(feeds, outputs && outputsNamed(outputs));
  }

  /**
   * Runs the graph once, at once. `outputs` names what to compute, all unless said, in an object that may be used for many
   * runs. The results are the tensors given there, and new ones, the caller's, for the others. Throws when a name, type or shape
   * does not fit the graph.
   */
  runNow(feeds: Tensors, outputs: Fetches = this.#all): Tensors {
    return this.#native.run(feeds, outputs);
  }

  /** Frees the graph's memory; the session is not usable afterwards. */
  close(): void {
    this.#native.dispose();
  }
}

/** What `runNow` takes to compute some outputs. */
function outputsNamed(names: readonly string[]): Fetches {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function port({ name, isTensor, type, shape, symbolicDimensions }: EnginePort): Port {
  if (!isTensor) return { name, type: 'none', shape: [] };
  return {
    name,
    type: TYPE_NAMES[type] ?? `type ${type}`,
    shape: shape.map((dim, i) => (dim < 0 ? symbolicDimensions[i] : dim)),
  };
}

/**
 * Loads an ONNX model for the CPU: sequential execution, planned memory. Rejects with ONNX Runtime's message when the
 * bytes are no valid model.
 */
export async function createSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
  await turn();
  return new OnnxSession(await onnxEngine().load(bytes, options.threads ?? 1));
}
