import { TUNE, type TunedNode } from '../graph/interest-rows.js';
import type { InterestSlabs } from '../graph/interest/interest-slabs.js';
import type { GraphNode, Trend, UserInterest } from '../graph/user-graph.js';

/** Clicks after which an interest is no longer new. */
const NEW_CLICKS = 8;
/** An interest that was not touched for so long fades, whatever its share. */
const FADING_MS = 14 * 86_400_000;
/** How far a share lies from the smoothed one when it grows or fades: so many times, and by so much besides. */
const CHANGE = 1.1;
const CHANGE_LEAST = 0.01;

/** Interests of the user in `row` as of `nowMs`, whose nodes are `nodes`. */
export function readInterests(
  slabs: InterestSlabs,
  row: number,
  nodes: readonly GraphNode[],
  nowMs: number,
): UserInterest[] {
  const { rows } = slabs;
  const mass = new Map<number, number>();
  let total = 0;
  for (const { interest, weight } of nodes) {
    if (interest === 0 || weight <= 0) continue;
    mass.set(interest, (mass.get(interest) ?? 0) + weight);
    total += weight;
  }
  const interests: UserInterest[] = [];
  const start = rows.interestStart[row];
  for (let at = start; at < start + rows.interestCount[row]; at++) {
    const id = rows.interestId[at];
    const share = total > 0 ? (mass.get(id) ?? 0) / total : 0;
    const trend = trendOf(slabs, row, at, { share, nowMs });
    const lastMs = rows.interestAt[at];
    interests.push({ id, share, trend, lastMs, tune: rows.tuneOf(row, id), said: [] });
  }
  interests.sort((a, b) => b.share - a.share || a.id - b.id);
  return [...interests, ...goneInterests(slabs, row)];
}

function trendOf(
  { rows, order, sessionOrder }: InterestSlabs,
  row: number,
  at: number,
  { share, nowMs }: { readonly share: number; readonly nowMs: number },
): Trend {
  const born = rows.interestBorn[at];
  if (born >= sessionOrder[row] && order[row] - born < NEW_CLICKS) return 'new';
  if (rows.interestBack[at] > 0 && rows.interestBack[at] >= sessionOrder[row]) return 'back';
  if (nowMs - rows.interestAt[at] > FADING_MS) return 'fading';
  const smoothed = rows.interestShare[at];
  if (share > smoothed * CHANGE + CHANGE_LEAST) return 'growing';
  return share * CHANGE + CHANGE_LEAST < smoothed ? 'fading' : 'steady';
}

/** Interests that are no more, of which the user said something that still counts. */
function goneInterests({ rows }: InterestSlabs, row: number): UserInterest[] {
  const gone = new Map<number, { readonly tune: number; readonly said: TunedNode[] }>();
  const start = rows.tunedStart[row];
  for (let i = start; i < start + rows.tunedCount[row]; i++) {
    const id = rows.tunedInterest[i];
    if (rows.find(row, id) >= 0 || rows.tunedValue[i] === TUNE.normal) continue;
    const known = gone.get(id) ?? { tune: rows.tunedValue[i], said: [] };
    known.said.push({ kind: rows.tunedKind[i], key: rows.tunedKey[i] });
    gone.set(id, known);
  }
  return Array.from(gone, ([id, { tune, said }]) => ({
    id,
    share: 0,
    trend: 'fading' as const,
    lastMs: 0,
    tune,
    said,
  }));
}
