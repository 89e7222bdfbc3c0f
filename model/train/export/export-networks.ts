import type { BundleNetworks } from '../../scorer/onnx-scorer.js';
import type { ScorerShape } from '../../scorer/scorer.js';
import { exportExplain } from './export-explain.js';
import { exportRanker } from './export-ranker.js';
import { exportStep } from './export-step.js';
import type { Parameters } from '../network/parameters.js';
import type { RankerWeights } from '../ranker/ranker-weights.js';

/** The graphs of a bundle. Without a ranker the network's score alone orders. */
export function exportNetworks(
  shape: ScorerShape,
  parameters: Parameters,
  ranker?: RankerWeights,
): BundleNetworks {
  return {
    step: exportStep(shape, parameters),
    ranker: exportRanker(shape.features, ranker),
    explain: exportExplain(shape, parameters),
  };
}
