/**
 * The one file that loads ONNX Runtime. A session runs one graph on the calling thread: `run` blocks it for the length of
 * the run, after one turn of the event loop, so training belongs in a process of its own.
 *
 * Ownership: a tensor wraps the typed array it is made from, without a copy; the array must stay unchanged until `run`
 * resolves. An output tensor given to `run` is written in place.
 *
 * ONNX Runtime sends telemetry on Linux unless the process environment says no before the first session. Setting it here
 * suffices on the main thread; a worker thread has its own copy of the environment, so a process whose workers open
 * sessions calls `silenceTelemetry` on its main thread first (or starts them with `SHARE_ENV`).
 */
import { createRequire } from 'node:module';
import type {
  InferenceSession as NativeSession,
  Tensor as NativeTensor,
  TensorConstructor,
} from 'onnxruntime-node';

/** A named tensor's values and dimensions. */
export type Tensor = NativeTensor;
/** Tensors by the name of the graph's input or output. */
export type Tensors = Record<string, Tensor>;

interface Runtime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: NativeSession.SessionOptions): Promise<NativeSession>;
  };
  readonly Tensor: TensorConstructor;
}

/** Tells ONNX Runtime, for the whole process when called on its main thread, not to send telemetry. */
export function silenceTelemetry(): void {
  process.env.ORT_DISABLE_TELEMETRY = '1';
}

silenceTelemetry();
const runtime = createRequire(import.meta.url)('onnxruntime-node') as Runtime;

/** Float32 tensor over `values`, row-major, `values.length` equal to the product of `dims`. Borrows `values`. */
export function floatTensor(values: Float32Array, dims: readonly number[]): Tensor {
  return new runtime.Tensor('float32', values, dims);
}

/** Int32 tensor over `values`; as `floatTensor`. */
export function intTensor(values: Int32Array, dims: readonly number[]): Tensor {
  return new runtime.Tensor('int32', values, dims);
}

export interface SessionOptions {
  /** Threads inside one operator; 1 unless said: two sessions with more threads each disturb one another. */
  readonly threads?: number;
  /** File name prefix of ONNX Runtime's own profile, written when the session is closed. */
  readonly profilePrefix?: string;
}

/** Type and shape of one input or output as the graph declares it; symbolic dimensions are their names. */
export interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** A loaded graph, ready to run. Belongs to the thread that made it; one run at a time. */
export class OnnxSession {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  private readonly native: NativeSession;
  private readonly isProfiled: boolean;

  constructor(native: NativeSession, isProfiled: boolean) {
    this.native = native;
    this.isProfiled = isProfiled;
    this.inputs = native.inputMetadata.map(port);
    this.outputs = native.outputMetadata.map(port);
  }

  /**
   * Runs the graph once. `outputs` names the outputs to compute: a list (new tensors, the caller's) or tensors to write
   * into (their dims must be the result's). Rejects when a name, type or shape does not fit the graph.
   */
  async run(feeds: Tensors, outputs?: readonly string[] | Tensors): Promise<Tensors> {
    if (outputs === undefined) return await this.native.run(feeds);
    return await this.native.run(feeds, outputs);
  }

  /** Frees the graph's memory; the session is not usable afterwards. */
  async close(): Promise<void> {
    if (this.isProfiled) this.native.endProfiling();
    await this.native.release();
  }
}

function port(metadata: NativeSession.ValueMetadata): Port {
  return metadata.isTensor
    ? { name: metadata.name, type: metadata.type, shape: metadata.shape }
    : { name: metadata.name, type: 'none', shape: [] };
}

/**
 * Loads an ONNX model for the CPU: sequential execution, planned memory. Rejects with ONNX Runtime's message when the
 * bytes are no valid model.
 */
export async function createSession(bytes: Uint8Array, options: SessionOptions = {}): Promise<OnnxSession> {
  const native = await runtime.InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: true,
    enableCpuMemArena: true,
    logSeverityLevel: 3,
    ...(options.profilePrefix ? { enableProfiling: true, profileFilePrefix: options.profilePrefix } : {}),
  });
  return new OnnxSession(native, options.profilePrefix !== undefined);
}
