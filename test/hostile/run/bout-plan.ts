import { seededRandom } from '../../support/random.js';

/** One attack by its name, or several at once, with its seed and time. */
export interface Bout {
  /** What the report calls it. */
  readonly name: string;
  readonly attacks: readonly string[];
  readonly seed: number;
  readonly durationMs: number;
}

/** What is planned from: the attacks with their weights, and for how long. */
export interface PlanFrom {
  readonly attacks: readonly { readonly name: string; readonly weight: number }[];
  readonly seed: number;
  readonly totalMs: number;
  /** Time between two bouts; part of the total. */
  readonly restMs: number;
}

/** No bout is longer; with more time there are more rounds, each with new seeds. */
const BOUT_MS_MAX = 15_000;
const BOUT_MS_MIN = 500;
/** Several at once, at the end of each round of more attacks than these. */
const MEDLEY = { name: 'medley', weight: 2, size: 4 };

/** Rounds of all attacks in their order. The same input gives the same plan. */
export function planBouts({ attacks, seed, totalMs, restMs }: PlanFrom): Bout[] {
  const isWhole = attacks.length > MEDLEY.size;
  const round = isWhole ? [...attacks, MEDLEY] : attacks;
  const rounds = Math.max(1, Math.ceil(totalMs / (round.length * BOUT_MS_MAX)));
  const weights = round.reduce((sum, { weight }) => sum + weight, 0);
  const workMs = Math.max(0, totalMs / rounds - round.length * restMs);
  return Array.from({ length: rounds }, (_, number) => {
    const random = seededRandom(seed + number);
    return round.map(({ name, weight }) => ({
      name,
      attacks: name === MEDLEY.name ? sample(attacks, random) : [name],
      seed: random(2 ** 31),
      durationMs: Math.max(BOUT_MS_MIN, Math.round((workMs * weight) / weights)),
    }));
  }).flat();
}

function sample(attacks: PlanFrom['attacks'], random: (limit: number) => number): string[] {
  const left = attacks.map(({ name }) => name);
  return Array.from({ length: MEDLEY.size }, () => left.splice(random(left.length), 1)[0]);
}
