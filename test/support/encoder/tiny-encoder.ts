import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder } from '../../../model/onnx/graph-builder.js';
import { temporaryFolder } from '../gateway/built-gateway.js';

/** Numbers of a vector of the tiny encoder. */
export const TINY_DIMENSION = 8;

/** What the tiny encoder knows: words of one line mean the same. */
const MEANINGS = [
  ['lamp', 'lantern', 'light', 'illumination'],
  ['cup', 'mug', 'beaker'],
  ['kettle', 'teapot', 'pot'],
  ['red', 'scarlet'],
  ['blue', 'azure'],
  ['rug', 'carpet'],
];

/** Writes the folder of an encoder of some words whose vectors the test knows: each meaning is one direction, a text the mean of its words. */
export function writeTinyEncoder(changes: object = {}): string {
  const folder = temporaryFolder();
  const model = graph();
  writeFileSync(join(folder, 'tiny.onnx'), model);
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer()));
  writeFileSync(join(folder, 'config.json'), '{"unk_token":"[UNK]"}');
  const manifest = {
    format: 1,
    name: 'tiny',
    model: 'tiny.onnx',
    sha256: createHash('sha256').update(model).digest('hex'),
    tokenizer: 'tokenizer.json',
    tokenizerConfig: 'config.json',
    output: 'states',
    dimension: TINY_DIMENSION,
    pooling: 'mean',
    maxTokens: 16,
    prefix: { item: '', query: '' },
    ...changes,
  };
  writeFileSync(join(folder, 'encoder.json'), JSON.stringify(manifest));
  return folder;
}

/** Words in the order of their numbers; 0 is any other word. */
const WORDS = ['[UNK]', ...MEANINGS.flat()];

function tokenizer(): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
      unk_token: '[UNK]',
    },
  };
}

function graph(): Uint8Array {
  const builder = new GraphBuilder('tiny');
  const ids = builder.input('input_ids', 'int64', ['texts', 'tokens']);
  builder.input('attention_mask', 'int64', ['texts', 'tokens']);
  const rows = WORDS.map((word) => {
    const row = new Float32Array(TINY_DIMENSION);
    const meaning = MEANINGS.findIndex((words) => words.includes(word));
    row[meaning < 0 ? TINY_DIMENSION - 1 : meaning] = meaning < 0 ? 0.1 : 1;
    return [...row];
  });
  const table = builder.floats(rows.flat(), [WORDS.length, TINY_DIMENSION]);
  builder.node('Gather', [table, ids], { attributes: { axis: 0 } }, 'states');
  builder.output('states', 'float32', ['texts', 'tokens', TINY_DIMENSION]);
  return builder.build();
}
