import { FEATURE_COUNT } from '../../../model/features/feature-list.js';
import type { OnnxBundle } from '../../../model/scorer/onnx-scorer.js';
import { initialParameters } from '../../../model/train/network/parameters.js';
import { Random } from '../../../model/train/random-numbers.js';
import { exportNetworks } from '../../../model/train/export/assemble-bundle.js';

/** A network and a ranker drawn from a seed, for a shard of `ShardHarness`: every weight matters, none is fitted. */
export function randomOnnx(seed: number): OnnxBundle {
  const random = new Random(seed);
  const shape = { width: 8, neighbours: 12, features: FEATURE_COUNT, recents: 3 };
  const parameters = initialParameters(shape, random);
  for (const [name, values] of Object.entries(parameters)) {
    // Readout heads have no gap logits, and what is masked stays masked.
    values.forEach((value, i) => value > -100 && name !== 'gap' && (values[i] += 0.3 * random.normal()));
  }
  const column = () => Float64Array.from({ length: FEATURE_COUNT + 3 }, () => random.normal());
  const ranker = {
    weight: column(),
    mean: column(),
    deviation: column().map((value) => Math.abs(value) + 0.5),
  };
  return {
    name: 'random',
    version: String(seed),
    shape,
    networks: exportNetworks(shape, parameters, ranker),
  };
}
