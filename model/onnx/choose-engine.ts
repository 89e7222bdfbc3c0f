import { StartupError } from '../../metrics/process/startup-error.js';
import { nativeEngine } from './native-engine.js';
import type { EngineName, OnnxEngine } from './onnx-engine.js';
import { wasmEngine } from './wasm-engine.js';

/** What the option may be: one of them, or whichever is the fastest that loads. */
export type EngineChoice = EngineName | 'auto';

/** Says to all threads of the process, those to come included, which is chosen. */
const VARIABLE = 'AFTERCLICK_ONNX';

let engine: OnnxEngine | undefined;

/** Makes a choice for this thread and those that it starts. Call before anything else of this room. */
export function setEngineChoice(choice: EngineChoice): void {
  process.env[VARIABLE] = choice;
}

/** What runs graphs in this thread, loaded when it is first asked for. Throws `StartupError` `onnx_missing`. */
export function onnxEngine(): OnnxEngine {
  engine ??= chooseEngine((process.env[VARIABLE] ?? 'auto') as EngineChoice);
  return engine;
}

/** Throws `StartupError` `onnx_missing` that says what was tried. */
export function chooseEngine(
  choice: EngineChoice,
  load: Readonly<Record<EngineName, () => OnnxEngine>> = { native: nativeEngine, wasm: wasmEngine },
): OnnxEngine {
  const names: readonly EngineName[] = choice === 'auto' ? ['native', 'wasm'] : [choice];
  const problems: string[] = [];
  for (const name of names) {
    try {
      return load[name]();
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new StartupError(
    'onnx_missing',
    `ONNX Runtime does not load here (${problems.join('; ')}). Run "npm ci" without --omit=optional, which installs the native ` +
      'library and the one in WebAssembly, or set AFTERCLICK_ONNX=auto',
  );
}
