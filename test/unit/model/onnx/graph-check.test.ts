import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../../../model/onnx/graph-builder.js';
import { graphProblems } from '../../../../model/onnx/graph-check.js';
import { encodeModel } from '../../../../model/onnx/onnx-schema.js';
import { SAMPLE_NETWORKS } from '../../../support/model/sample-bundle.js';

const FLOAT = 1;

/** A graph of one constant, and whatever else is given. */
function graphOf(tensor: object, graph: object = {}, model: object = {}): Uint8Array {
  const initializer = [{ name: 'w', dims: [1], dataType: FLOAT, ...tensor }];
  return encodeModel({ irVersion: 9, graph: { name: 'g', initializer, ...graph }, ...model });
}

const bytesOf = (...numbers: number[]) => new Uint8Array(Float32Array.from(numbers).buffer);
const nan = { name: 'c', dims: [1], dataType: FLOAT, rawData: bytesOf(Number.NaN) };
const nodeWith = (attribute: object) => ({ opType: 'If', name: 'n', attribute: [attribute] });

describe('graphProblems', () => {
  it.each(Object.entries(SAMPLE_NETWORKS))(
    'finds nothing wrong with a network of ours (%s)',
    (_name, bytes) => {
      expect(graphProblems('step.onnx', bytes)).toEqual([]);
    },
  );

  it.each<[string, Uint8Array, RegExp]>([
    ['NaN', graphOf({ rawData: bytesOf(1, Number.NaN) }), /finite numbers, found NaN in "w"/],
    ['infinity', graphOf({ floatData: [1, Infinity] }), /finite numbers, found Infinity in "w"/],
    ['NaN of 64 bits', graphOf({ dataType: 11, doubleData: [Number.NaN] }), /found NaN in "w"/],
    ['NaN of 16 bits', graphOf({ dataType: 10, rawData: Uint8Array.of(0, 0x7e) }), /found NaN in "w"/],
    [
      'infinity of 16 bits',
      graphOf({ dataType: 16, rawData: Uint8Array.of(0x80, 0x7f) }),
      /found NaN in "w"/,
    ],
    [
      'NaN in an attribute',
      graphOf({}, { node: [nodeWith({ name: 'f', f: Number.NaN, type: 1 })] }),
      /node "n" \(If\)/,
    ],
    [
      'NaN in a constant',
      graphOf({}, { node: [nodeWith({ name: 'value', t: nan, type: 4 })] }),
      /node "n" \(If\)/,
    ],
    [
      'NaN in a branch',
      graphOf({}, { node: [nodeWith({ name: 'then', g: { initializer: [nan] }, type: 5 })] }),
      /found NaN in "c"/,
    ],
    [
      'NaN in a function',
      graphOf({}, {}, { functions: [{ name: 'f', node: [nodeWith({ name: 'v', t: nan })] }] }),
      /NaN/,
    ],
    [
      'NaN in a sparse tensor',
      graphOf({}, { sparseInitializer: [{ values: nan }] }),
      /NaN in a sparse tensor/,
    ],
    [
      'numbers in another file',
      graphOf({ dataLocation: 1, externalData: [{ key: 'location', value: '../../etc/passwd' }] }),
      /expected all numbers inside, found "w" with those of \.\.\/\.\.\/etc\/passwd/,
    ],
    [
      'numbers in another file, of a branch',
      graphOf(
        {},
        {
          node: [
            nodeWith({
              name: 'else',
              graphs: [{ initializer: [{ ...nan, rawData: bytesOf(1), dataLocation: 1 }] }],
            }),
          ],
        },
      ),
      /found "c" with those of another file/,
    ],
    [
      'code of somebody',
      graphOf({}, { node: [{ opType: 'Run', domain: 'evil.example' }] }),
      /of "evil\.example"/,
    ],
    ['no graph', encodeModel({ irVersion: 9 }), /found a file without one/],
    ['no bytes of a graph', Buffer.from('stands for a graph'), /none that can be read|without one/],
    ['a cut graph', SAMPLE_NETWORKS.step.subarray(0, 2_000), /none that can be read/],
  ])('names %s', (_name, bytes, expected) => {
    const problems = graphProblems('step.onnx', bytes);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
    expect(problems[0]).toMatch(/^step\.onnx: expected/);
  });

  it('refuses a graph that nests too deep instead of running out of stack', () => {
    // A graph in an attribute (field 6) of a node (5) of a graph (1), many times, in the model's graph (7).
    const wrapped = (field: number, bytes: Uint8Array) => {
      const length = [bytes.length & 127, (bytes.length >> 7) & 127, bytes.length >> 14];
      return Buffer.concat([
        Uint8Array.of(8 * field + 2, length[0] | 128, length[1] | 128, length[2]),
        bytes,
      ]);
    };
    let graph = Buffer.alloc(0);
    for (let depth = 0; depth < 2_000; depth++) graph = wrapped(1, wrapped(5, wrapped(6, graph)));
    expect(graphProblems('step.onnx', wrapped(7, graph))).toEqual([
      expect.stringMatching(/none that can be read \(.*depth/),
    ]);
  });

  it('takes operators of ONNX Runtime', () => {
    const builder = new GraphBuilder('g');
    builder.output(
      builder.node('Gelu', [builder.floats([1], [1])], { domain: 'com.microsoft' }, 'y'),
      'float32',
      [1],
    );
    expect(graphProblems('step.onnx', builder.build())).toEqual([]);
  });
});
