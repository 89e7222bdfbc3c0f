import { createHash } from 'node:crypto';
import type { SessionRange } from '../../../model/train/data/dataset.js';
import type { ModelSources } from './train-model.js';
import type { Fingerprint } from '../progress/training-folder.js';

/** What a training from recorded data is made from. */
export function fingerprintOf({
  dataset,
  items,
  recipe,
  range,
}: ModelSources & { range: SessionRange }): Fingerprint {
  const hash = createHash('sha256');
  for (const item of items) hash.update(`${JSON.stringify(item)}\n`);
  const { options, ...rest } = recipe;
  return {
    data: dataset.hash,
    items: hash.digest('hex'),
    sessions: `${range.from}-${range.to}`,
    node: process.version,
    ...rest,
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, JSON.stringify(value)])),
  };
}
