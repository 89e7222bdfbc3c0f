import { GraphBuilder } from '../../onnx/graph-builder.js';
import { SCORE_COLUMNS } from '../../scorer/scorer.js';
import { foldStandardisation, networkOnlyRanker, type RankerWeights } from '../ranker/ranker-weights.js';

/**
 * A ranker over raw features as an ONNX model: from `columns` float32 [M, F + 3] to `score` [M], and as constant outputs what
 * it is made of, `weight` and `mean` [F + 3] and `bias` [1]. Without weights the score is the network's own. `features` is F.
 */
export function exportRanker(
  features: number,
  ranker: RankerWeights = networkOnlyRanker(features),
): Uint8Array {
  const g = new GraphBuilder('afterclick-ranker');
  const count = features + SCORE_COLUMNS;
  const { weight, bias } = foldStandardisation(ranker);
  g.input('columns', 'float32', ['candidates', count]);
  const column = g.floats(weight, [count, 1]);
  const offset = g.floats([bias], [1]);
  const linear = g.node('Gemm', ['columns', column, offset]);
  g.output(g.node('Reshape', [linear, g.longs([-1])], {}, 'score'), 'float32', ['candidates']);
  g.output(g.node('Reshape', [column, g.longs([-1])], {}, 'weight'), 'float32', [count]);
  g.output(g.node('Identity', [offset], {}, 'bias'), 'float32', [1]);
  g.output(g.node('Identity', [g.floats(ranker.mean, [count])], {}, 'mean'), 'float32', [count]);
  return g.build();
}
