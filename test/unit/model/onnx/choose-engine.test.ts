import { expect, test } from 'vitest';
import { chooseEngine } from '../../../../model/onnx/choose-engine.js';
import type { EngineName, OnnxEngine } from '../../../../model/onnx/onnx-engine.js';

function loads(...names: EngineName[]) {
  const one = (name: EngineName) => (): OnnxEngine => {
    if (!names.includes(name)) throw new Error(`no ${name} here\nRequire stack`);
    return { name } as OnnxEngine;
  };
  return { native: one('native'), wasm: one('wasm') };
}

test('auto takes the native library where it loads, and WebAssembly where it does not', () => {
  expect(chooseEngine('auto', loads('native', 'wasm')).name).toBe('native');
  expect(chooseEngine('auto', loads('wasm')).name).toBe('wasm');
  expect(chooseEngine('wasm', loads('native', 'wasm')).name).toBe('wasm');
});

test.each([
  ['auto', loads(), /native: no native here; wasm: no wasm here/],
  ['native', loads('wasm'), /native: no native here/],
  ['wasm', loads('native'), /wasm: no wasm here/],
] as const)('%s without what it needs says what was tried and what to do', (choice, engines, said) => {
  const found = (): unknown => chooseEngine(choice, engines);
  expect(found).toThrow(expect.objectContaining({ code: 'onnx_missing' }));
  expect(found).toThrow(said);
  expect(found).toThrow('npm ci');
});
