/* oxlint-disable eslint/no-underscore-dangle -- so the module names its functions */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { TensorConstructor } from 'onnxruntime-node';
import type { OnnxEngine } from './onnx-engine.js';
import type { OrtWasm } from './ort-wasm.js';
import { WasmSession } from './wasm-session.js';

const MODULE = 'onnxruntime-web/ort-wasm-simd-threaded.mjs';
const BINARY = 'onnxruntime-web/ort-wasm-simd-threaded.wasm';
/** Level of ONNX Runtime's log: errors. */
const LOG_LEVEL = 3;

type MakeModule = (options: object) => Promise<OrtWasm>;

/**
 * The one file that loads ONNX Runtime as WebAssembly, one thread each. Sessions are made from the module itself, whose `_OrtRun` answers
 * at once; the package's own `InferenceSession` waits for promises. Throws when the package is not installed.
 */
export function wasmEngine(): OnnxEngine {
  const require = createRequire(import.meta.url);
  const [module, binary] = [require.resolve(MODULE), require.resolve(BINARY)];
  const { Tensor } = require('onnxruntime-web') as { readonly Tensor: TensorConstructor };
  let started: Promise<OrtWasm> | undefined;
  return {
    name: 'wasm',
    Tensor,
    load: async (bytes) => {
      started ??= start(module, binary);
      return WasmSession.load(await started, Tensor, bytes);
    },
  };
}

async function start(module: string, binary: string): Promise<OrtWasm> {
  const { default: make } = (await import(pathToFileURL(module).href)) as { readonly default: MakeModule };
  const wasm = await make({
    numThreads: 1,
    wasmBinary: readFileSync(binary),
    locateFile: (name: string) => name,
  });
  wasm._OrtInit(1, LOG_LEVEL);
  return wasm;
}
