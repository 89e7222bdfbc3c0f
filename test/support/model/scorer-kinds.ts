import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BundleManifest } from '../../../model/bundle/bundle-manifest.js';
import { NeighbourScorer } from '../../../model/scorer/neighbour-scorer.js';
import { OnnxScorer, type OnnxBundle } from '../../../model/scorer/onnx-scorer.js';
import { type Scorer } from '../../../model/scorer/scorer.js';
import { StepRows } from '../../../model/scorer/step-rows.js';
import { seededRandom } from '../random.js';
import { TinyScorer } from './tiny-scorer.js';
import {
  EVENT_KIND_COUNT,
  GAP_COUNT,
  RELATION,
  RELATION_COUNT,
  type ScorerShape,
} from '../../../model/scorer/step-shape.js';

const DEMO = new URL('../../../model/bundles/demo/', import.meta.url);

/** What the scorer needs of the shipped demo bundle. */
export function demoBundle(): OnnxBundle {
  const { name, version, shape } = JSON.parse(
    readFileSync(new URL('manifest.json', DEMO), 'utf8'),
  ) as BundleManifest;
  const read = (file: string) => readFileSync(fileURLToPath(new URL(file, DEMO)));
  const networks = { step: read('step.onnx'), ranker: read('ranker.onnx'), explain: read('explain.onnx') };
  return { name, version, shape, networks };
}

/** Every implementation of `Scorer`, the tests' own too, for suites that run on each. */
export const SCORER_KINDS: readonly { readonly name: string; open(): Promise<Scorer> }[] = [
  { name: 'onnx', open: () => OnnxScorer.load(demoBundle()) },
  { name: 'neighbours', open: () => Promise.resolve(new NeighbourScorer()) },
  { name: 'tiny', open: () => Promise.resolve(new TinyScorer()) },
];

/** Rows of these users, in this order. Each is drawn from their seed, so that they are the same in any company. */
export function batchOf(shape: ScorerShape, seeds: readonly number[]): StepRows {
  const rows = new StepRows(shape, seeds.length);
  for (const seed of seeds) addUser(rows, shape, seed);
  return rows;
}

function addUser(rows: StepRows, { width, neighbours }: ScorerShape, seed: number): void {
  const random = seededRandom(seed);
  const unit = (at: number) => {
    const row = Array.from({ length: width }, () => random(2_001) / 1_000 - 1);
    const length = Math.hypot(...row) || 1;
    row.forEach((value, d) => (rows.rows[at + d] = value / length));
  };
  const user = rows.users++;
  rows.clear(user);
  unit(rows.slow(user));
  const inSight = 1 + random(neighbours);
  for (let row = 0; row < inSight; row++) {
    unit(rows.node(user, row));
    if (row > 0) unit(rows.state(user, row));
    const relation = row === 0 ? RELATION.self : 2 + random(RELATION_COUNT - 2);
    rows.setCodes(user, row, { relation, gap: random(GAP_COUNT), kind: random(EVENT_KIND_COUNT), age: row });
  }
}
