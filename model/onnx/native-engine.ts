import { createRequire } from 'node:module';
import type { TensorConstructor } from 'onnxruntime-node';
import type { EngineSession, OnnxEngine } from './onnx-engine.js';

interface NativeSession extends EngineSession {
  loadModel(bytes: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void;
}

interface NativeBinding {
  readonly binding: { readonly InferenceSession: new () => NativeSession };
  initOrt(): void;
}

/**
 * The one file that loads the native ONNX Runtime. The package's own `InferenceSession` wraps a native session whose `run` is synchronous, and puts a
 * turn of the event loop and its checks before each run: a sixth of the time of a small graph. So sessions are made from the native one here
 * (`onnxruntime-node/dist/binding.js`, of the version that package.json names). Throws what the system says when it does not load.
 */
export function nativeEngine(): OnnxEngine {
  const require = createRequire(import.meta.url);
  const { Tensor } = require('onnxruntime-node') as { readonly Tensor: TensorConstructor };
  const native = require('onnxruntime-node/dist/binding.js') as NativeBinding;
  return {
    name: 'native',
    Tensor,
    // eslint-disable-next-line typescript/require-await
    load: async (bytes, threads) => {
      native.initOrt();
      const session = new native.binding.InferenceSession();
      session.loadModel(bytes.buffer, bytes.byteOffset, bytes.byteLength, optionsFor(threads));
      return session;
    },
  };
}

function optionsFor(threads: number): object {
  return {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableMemPattern: true,
    enableCpuMemArena: true,
    logSeverityLevel: 3,
    // Threads that spin while they wait take a whole core for a twentieth of the time.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}
