import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { GraphBuilder } from '../../../../model/onnx/graph-builder.js';
import { nativeEngine } from '../../../../model/onnx/native-engine.js';
import type { EngineSession, OnnxEngine } from '../../../../model/onnx/onnx-engine.js';
import type { Tensors } from '../../../../model/onnx/onnx-session.js';
import { wasmEngine } from '../../../../model/onnx/wasm-engine.js';

const ENGINES = [nativeEngine(), wasmEngine()];
const USERS = 3;

function graph(name: string): Uint8Array {
  return readFileSync(new URL(`../../../../model/bundles/demo/${name}`, import.meta.url));
}

/** Values for all inputs; symbolic dimensions are `USERS`. */
function feedsOf({ Tensor }: OnnxEngine, { inputMetadata }: EngineSession): Tensors {
  return Object.fromEntries(
    inputMetadata.map(({ name, type, shape }, k) => {
      const dims = Array.from(shape, (dim) => (dim < 0 ? USERS : dim));
      const length = dims.reduce((product, dim) => product * dim, 1);
      const numbers = { length };
      const tensor =
        type === 1
          ? new Tensor(
              'float32',
              Float32Array.from(numbers, (_, i) => Math.sin(i * 1.7 + k)),
              dims,
            )
          : new Tensor(
              'int32',
              Int32Array.from(numbers, (_, i) => i % 2),
              dims,
            );
      return [name, tensor];
    }),
  );
}

test.each(['step.onnx', 'ranker.onnx', 'explain.onnx'])(
  '%s has the same ports in WebAssembly, and its figures differ by 1e-4 of the largest at most',
  async (name) => {
    const [native, wasm] = await Promise.all(ENGINES.map((engine) => engine.load(graph(name), 1)));
    const ports = ({ inputMetadata, outputMetadata }: EngineSession) =>
      [...inputMetadata, ...outputMetadata].map(({ name: port, type, shape }) => [port, type, [...shape]]);
    expect(ports(wasm)).toEqual(ports(native));
    const fetches = Object.fromEntries(native.outputMetadata.map((port) => [port.name, null]));
    const expected = native.run(feedsOf(ENGINES[0], native), fetches);
    // Again and again, so that a run that frees what it should not is seen.
    for (let i = 0; i < 5; i++) {
      const found = wasm.run(feedsOf(ENGINES[1], wasm), fetches);
      for (const [port, { data, dims }] of Object.entries(expected)) {
        expect(found[port].dims).toEqual([...dims]);
        const values = found[port].data as Float32Array;
        const size = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const worst = (data as Float32Array).reduce(
          (most, value, at) => Math.max(most, Math.abs(value - values[at])),
          0,
        );
        expect(worst / size).toBeLessThanOrEqual(1e-4);
      }
    }
    wasm.dispose();
    native.dispose();
  },
);

test('an output goes into the tensor that is given for it', async () => {
  const engine = ENGINES[1];
  const session = await engine.load(graph('ranker.onnx'), 1);
  const [{ name }] = session.outputMetadata;
  const feeds = feedsOf(engine, session);
  const fresh = session.run(feeds, { [name]: null })[name];
  const given = new engine.Tensor('float32', new Float32Array(fresh.size), fresh.dims);
  expect(session.run(feeds, { [name]: given })[name]).toBe(given);
  expect([...given.data]).toEqual([...fresh.data]);
  session.dispose();
});

test('whole numbers of 64 bits go in and come out as they do natively, and a type that is not read is told of', async () => {
  const echo = new GraphBuilder('echo');
  echo.node('Identity', [echo.input('ids', 'int64', ['texts', 'tokens'])], {}, 'same');
  echo.output('same', 'int64', ['texts', 'tokens']);
  const bytes = echo.build();
  const found = await Promise.all(
    ENGINES.map(async (engine) => {
      const session = await engine.load(bytes, 1);
      const ids = new engine.Tensor('int64', BigInt64Array.of(1n, -2n, 2n ** 40n, 101n), [2, 2]);
      const { same } = session.run({ ids }, { same: null });
      session.dispose();
      return { type: same.type, dims: [...same.dims], values: [...same.data] };
    }),
  );
  expect(found[1]).toEqual(found[0]);
  expect(found[1].values).toEqual([1n, -2n, 2n ** 40n, 101n]);
  const session = await ENGINES[1].load(bytes, 1);
  const flags = new ENGINES[1].Tensor('bool', Uint8Array.of(1, 0), [1, 2]);
  expect(() => session.run({ ids: flags }, { same: null })).toThrow('found type bool');
  session.dispose();
});

test('what is no model, and an input of another name or shape, is told in words', async () => {
  const engine = ENGINES[1];
  await expect(engine.load(Buffer.from('no model'), 1)).rejects.toThrow(/protobuf|model/i);
  const session = await engine.load(graph('ranker.onnx'), 1);
  const [{ name }] = session.outputMetadata;
  const wrong = new engine.Tensor('float32', new Float32Array(2), [1, 2]);
  expect(() => session.run({ other: wrong }, { [name]: null })).toThrow("'other'");
  expect(() => session.run({ [session.inputMetadata[0].name]: wrong }, { [name]: null })).toThrow(
    /dimension/i,
  );
  session.dispose();
});
