import { StartupError } from '../../metrics/process/startup-error.js';
import { loadNetwork, portTensor, type Ports } from '../onnx/load-network.js';
import type { OnnxSession } from '../onnx/onnx-session.js';
import { SCORE_COLUMNS, type LinearRanker } from './scorer.js';
import type { ScorerShape } from './step-shape.js';

const FILE = 'ranker.onnx';
/** Candidates that the graph scores at load, to be compared with what its weights say, and how far apart they may be. */
const PROBES = 16;
const TOLERANCE = 1e-4;

const outputs = (columns: number): Ports => ({
  score: { type: 'float32', dims: ['candidates'] },
  weight: { type: 'float32', dims: [columns] },
  mean: { type: 'float32', dims: [columns] },
  bias: { type: 'float32', dims: [1] },
});

/**
 * Reads the ranker out of `ranker.onnx`: linear, so that its weights say all of it, and checked to be by scoring some
 * candidates with the graph itself. Throws a `StartupError` that lists what does not fit.
 */
export async function loadRanker(
  bytes: Uint8Array,
  { features }: Pick<ScorerShape, 'features'>,
): Promise<LinearRanker> {
  const columns = features + SCORE_COLUMNS;
  const input: Ports = { columns: { type: 'float32', dims: ['candidates', columns] } };
  const session = await loadNetwork(FILE, bytes, input, outputs(columns));
  try {
    return await readRanker(session, columns);
  } finally {
    session.close();
  }
}

async function readRanker(session: OnnxSession, columns: number): Promise<LinearRanker> {
  const probes = Float32Array.from({ length: PROBES * columns }, (_, i) => Math.sin(i));
  const port = { type: 'float32', dims: ['candidates', columns] } as const;
  const result = await session.run({ columns: portTensor(port, probes, PROBES) });
  const numbers = (name: string) => Float32Array.from(result[name].data as Float32Array);
  const ranker = { weight: numbers('weight'), mean: numbers('mean'), bias: numbers('bias')[0] };
  const differs = numbers('score').findIndex((score, row) => !isClose(score, linear(ranker, probes, row)));
  if (differs < 0) return ranker;
  throw new StartupError('bundle_invalid', [
    `${FILE} is not the linear ranker that its weights say: it scores ${numbers('score')[differs]} where they give ${linear(ranker, probes, differs)}`,
  ]);
}

function linear({ weight, bias }: LinearRanker, rows: Float32Array, row: number): number {
  return weight.reduce((sum, w, column) => sum + w * rows[row * weight.length + column], bias);
}

/** False for what is no number, too. */
function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(a));
}
