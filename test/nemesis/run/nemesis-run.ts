import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../support/random.js';
import { type Bundles, writeBundles } from './bundles.js';
import { FaultDeck } from './fault-deck.js';
import { type Fault, stopInOrder } from './faults.js';
import { rest } from '../../support/patience.js';
import { World } from './world.js';

/** Rounds in one data folder; then everything begins anew. */
const ROUNDS_PER_WORLD = 25;
/** Load before a fault, ms: at least, and by chance more. */
const LOAD_MS = 40;
const LOAD_MORE_MS = 120;

/** What a run came to. */
export interface RunResult {
  rounds: number;
  acknowledged: number;
  lost: number;
  double: number;
  outOfOrder: number;
  starts: number;
  /** What was wrong first, a line each; the run ends with it. */
  readonly failures: string[];
}

/** Which rounds to play. */
export interface RunPlan {
  readonly seed: number;
  readonly rounds: number;
  readonly faults: readonly Fault[];
}

/** Plays rounds until all are played or one goes wrong. @param say progress, a line each */
export async function playRounds(plan: RunPlan, say: (line: string) => void): Promise<RunResult> {
  const { seed, rounds, faults } = plan;
  const result: RunResult = {
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    double: 0,
    outOfOrder: 0,
    starts: 0,
    failures: [],
  };
  const deck = new FaultDeck(faults, seededRandom(seed));
  const bundles = await writeBundles(join(tmpdir(), 'bundles'));
  while (result.rounds < rounds && result.failures.length === 0)
    await playWorld({ seed: seed * 1_000 + result.rounds, bundles, rounds, deck }, result, say);
  return result;
}

async function playWorld(
  {
    seed,
    bundles,
    rounds,
    deck,
  }: {
    readonly seed: number;
    readonly bundles: Bundles;
    readonly rounds: number;
    readonly deck: FaultDeck<Fault>;
  },
  result: RunResult,
  say: (line: string) => void,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  const smallDisk = join(tmpdir(), 'small-disk');
  const world = await World.open({
    folder,
    smallDisk,
    bundles,
    seed,
    mutant: '',
    random: seededRandom(seed),
  });
  const to = Math.min(rounds, result.rounds + ROUNDS_PER_WORLD);
  try {
    while (result.rounds < to && result.failures.length === 0)
      result.failures.push(...(await playRound(world, deck.next(), ++result.rounds, say)));
    if (result.failures.length === 0) result.failures.push(...(await lastLook(world)));
  } finally {
    await world.end();
    result.acknowledged += world.acknowledged;
    result.lost += world.counts.lost;
    result.double += world.counts.double;
    result.outOfOrder += world.counts.outOfOrder;
    result.starts += world.lives.starts;
  }
}

/** After the last round of a world: it stops in order, and leaves what it should. */
async function lastLook(world: World): Promise<string[]> {
  await stopInOrder(world);
  await world.lookAtDead();
  return world.takeProblems().map((words) => `after the last stop: ${words}`);
}

/** What was wrong, a line each. */
async function playRound(
  world: World,
  { name, strike }: Fault,
  round: number,
  say: (line: string) => void,
): Promise<string[]> {
  const fromMs = performance.now();
  try {
    await world.crowd.go();
    await rest(LOAD_MS + world.plan.random(LOAD_MORE_MS));
    await strike(world);
    await world.settle();
  } catch (error) {
    world.problem(`other: ${String((error as Error).stack ?? error)}\n${world.lives.log}`);
  }
  const tookMs = Math.round(performance.now() - fromMs);
  const problems = world.takeProblems();
  const came = problems.length === 0 ? 'nothing wrong' : `${problems.length} lines of what went wrong`;
  say(`round ${round}, ${name}: ${world.acknowledged} acknowledged, ${came} (${tookMs} ms)`);
  return problems.map((words) => `round ${round}, ${name}: ${words}`);
}
