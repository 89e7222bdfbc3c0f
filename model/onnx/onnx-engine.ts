import type { TensorConstructor } from 'onnxruntime-node';
import type { Fetches, Tensors } from './onnx-session.js';

/** What runs graphs: the native library, or the same library as WebAssembly. */
export const ENGINE_NAMES = ['native', 'wasm'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** An input or output as a graph declares it. */
export interface EnginePort {
  readonly name: string;
  readonly isTensor: boolean;
  /** `TensorProto.DataType` of ONNX. */
  readonly type: number;
  /** −1 for a symbolic dimension, whose name is at the same place of `symbolicDimensions`. */
  readonly shape: readonly number[];
  readonly symbolicDimensions: readonly string[];
}

export interface EngineSession {
  readonly inputMetadata: readonly EnginePort[];
  readonly outputMetadata: readonly EnginePort[];
  /** Computes the outputs named in `fetches`, whose values are null, or tensors to be filled too. */
  run(feeds: Tensors, fetches: Fetches): Tensors;
  dispose(): void;
}

export interface OnnxEngine {
  readonly name: EngineName;
  readonly Tensor: TensorConstructor;
  /** Loads a model for sequential execution. Rejects with ONNX Runtime's message when the bytes are no valid model. */
  load(bytes: Uint8Array, threads: number): Promise<EngineSession>;
}
