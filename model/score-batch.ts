import { TILE, type ScoreBatch, type ScorerShape } from './scorer.js';

/** Makes the buffers of a batch for at most `userMax` users and `candidateMax` candidate rows, a multiple of `TILE`. The caller owns them. */
export function createScoreBatch(shape: ScorerShape, userMax: number, candidateMax: number): ScoreBatch {
  const { width, neighbours, features, recents } = shape;
  return {
    userMax,
    candidateMax,
    users: 0,
    candidates: 0,
    nodes: new Float32Array(userMax * neighbours * width),
    states: new Float32Array(userMax * neighbours * width),
    relation: new Int32Array(userMax * neighbours),
    gap: new Int32Array(userMax * neighbours),
    kind: new Int32Array(userMax * neighbours),
    age: new Int32Array(userMax * neighbours),
    slow: new Float32Array(userMax * width),
    stored: new Float32Array(userMax * width),
    fresh: new Float32Array(userMax),
    recent: new Float32Array(userMax * recents * width),
    tileOwner: new Int32Array(candidateMax / TILE),
    vectors: new Float32Array(candidateMax * width),
    features: new Float32Array(candidateMax * features),
    state: new Float32Array(userMax * width),
    interest: new Float32Array(userMax * width),
    attention: new Float32Array(userMax * neighbours),
    networkScore: new Float32Array(candidateMax),
    cosine: new Float32Array(candidateMax * 2),
    score: new Float32Array(candidateMax),
  };
}
