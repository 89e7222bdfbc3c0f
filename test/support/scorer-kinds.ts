import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BundleManifest } from '../../model/bundle-manifest.js';
import { NeighbourScorer } from '../../model/neighbour-scorer.js';
import { OnnxScorer, type OnnxBundle } from '../../model/onnx-scorer.js';
import { createScoreBatch } from '../../model/score-batch.js';
import {
  EVENT_KIND_COUNT,
  GAP_COUNT,
  RELATION,
  RELATION_COUNT,
  TILE,
  tiledRows,
  type ScoreBatch,
  type Scorer,
  type ScorerShape,
} from '../../model/scorer.js';
import { seededRandom } from './random.js';
import { TinyScorer } from './tiny-scorer.js';

const DEMO = new URL('../../model/bundles/demo/', import.meta.url);

/** What the scorer needs of the shipped demo bundle. */
export function demoBundle(): OnnxBundle {
  const { name, version, shape } = JSON.parse(
    readFileSync(new URL('manifest.json', DEMO), 'utf8'),
  ) as BundleManifest;
  const read = (file: string) => readFileSync(fileURLToPath(new URL(file, DEMO)));
  return { name, version, shape, step: read('step.onnx'), explain: read('explain.onnx') };
}

/** Every implementation of `Scorer`, the tests' own too, for suites that run on each. */
export const SCORER_KINDS: readonly { readonly name: string; open(): Promise<Scorer> }[] = [
  { name: 'onnx', open: () => OnnxScorer.load(demoBundle()) },
  { name: 'neighbours', open: () => Promise.resolve(new NeighbourScorer()) },
  { name: 'tiny', open: () => Promise.resolve(new TinyScorer()) },
];

/** One user of a batch: his rows and candidates are drawn from the seed, so that he is the same in any batch. */
export interface BatchUser {
  readonly seed: number;
  readonly isFresh: boolean;
  readonly candidates: number;
}

/** A batch of these users, in this order. */
export function batchOf(shape: ScorerShape, users: readonly BatchUser[]): ScoreBatch {
  const batch = createScoreBatch(
    shape,
    Math.max(1, users.length),
    users.reduce((sum, { candidates }) => sum + tiledRows(candidates), TILE),
  );
  for (const user of users) addUser(batch, shape, user);
  return batch;
}

function addUser(batch: ScoreBatch, shape: ScorerShape, { seed, isFresh, candidates }: BatchUser): void {
  const { width, neighbours, features, recents } = shape;
  const random = seededRandom(seed);
  const unit = (into: Float32Array, at: number) => {
    const row = Array.from({ length: width }, () => random(2_001) / 1_000 - 1);
    const length = Math.hypot(...row) || 1;
    row.forEach((value, d) => (into[at + d] = value / length));
  };
  const u = batch.users++;
  const rows = 1 + random(neighbours);
  for (let j = 0; j < rows; j++) {
    const row = u * neighbours + j;
    unit(batch.nodes, row * width);
    unit(batch.states, row * width);
    batch.relation[row] = j === 0 ? RELATION.self : 2 + random(RELATION_COUNT - 2);
    batch.gap[row] = random(GAP_COUNT);
    batch.kind[row] = random(EVENT_KIND_COUNT);
    batch.age[row] = j === 0 ? 0 : Math.min(j, neighbours - 1);
  }
  if (!isFresh) {
    for (const field of [batch.relation, batch.gap, batch.kind, batch.age])
      field.fill(0, u * neighbours, (u + 1) * neighbours);
    for (const field of [batch.nodes, batch.states])
      field.fill(0, u * neighbours * width, (u + 1) * neighbours * width);
  }
  unit(batch.slow, u * width);
  unit(batch.stored, u * width);
  batch.fresh[u] = isFresh ? 1 : 0;
  for (let r = 0; r < recents; r++) unit(batch.recent, (u * recents + r) * width);
  const first = batch.candidates;
  batch.candidates += tiledRows(candidates);
  batch.tileOwner.fill(u, first / TILE, batch.candidates / TILE);
  for (let m = first; m < first + candidates; m++) {
    unit(batch.vectors, m * width);
    for (let f = 0; f < features; f++) batch.features[m * features + f] = random(1_000) / 500;
  }
}
