import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../support/random.js';
import { type Bundles, writeBundles } from './bundles.js';
import { afterForgetting, inLateCompaction } from './faults.js';
import { rest } from '../../support/patience.js';
import { World } from './world.js';

interface Mutant {
  readonly name: string;
  /** What the suite has to say of it. */
  readonly says: RegExp;
  /** What ends the gateway; SIGKILL when absent. */
  readonly strike?: (world: World) => Promise<void>;
}

/** Builds that break a promise each (`armed/mutants.mjs`). */
const MUTANTS: readonly Mutant[] = [
  { name: 'ack-early', says: /^lost.*/m },
  { name: 'no-duplicate-check', says: /^double.*/m },
  { name: 'merge-forgets-tab', says: /^(state|seq).*session.*/m },
  { name: 'merge-forgets-graph', says: /^state.*/m },
  { name: 'erase-forgets-journal', says: /^unexpected.* who is erased .*/m },
  { name: 'keeps-what-is-withheld', says: /^unexpected.* who does not allow it .*/m },
  { name: 'forgetting-forgets-journal', says: /^state.*/m, strike: afterForgetting },
  {
    name: 'compaction-forgets-recovery',
    says: /^lost.* are in no state, and dropped$/m,
    strike: inLateCompaction,
  },
];

/** Kills after which a mutant that was not found is not looked for any more. */
const KILLS_MAX = 8;
const LOAD_MS = 500;

/**
 * Plays every mutant until the suite goes red. Resolves with the number of those that were found.
 *
 * @param only these alone; all when undefined
 * @param say a line each
 */
export async function playMutants(
  seed: number,
  only: readonly string[] | undefined,
  say: (line: string) => void,
): Promise<{ readonly found: number; readonly all: number }> {
  const bundles = await writeBundles(join(tmpdir(), 'bundles'));
  let found = 0;
  const mutants = MUTANTS.filter(({ name }) => only?.includes(name) ?? true);
  for (const mutant of mutants) {
    const { name, says } = mutant;
    const { kills, words } = await playMutant(mutant, seed, bundles);
    const isFound = says.test(words);
    if (isFound) found++;
    say(`${name}: ${isFound ? 'red' : 'NOT FOUND'} after ${kills} kills: ${says.exec(words)?.[0] ?? words}`);
  }
  return { found, all: mutants.length };
}

/** What the checks said after how many kills; '' when they found nothing. */
async function playMutant(
  { name: mutant, says, strike = (world) => world.lives.kill() }: Mutant,
  seed: number,
  bundles: Bundles,
): Promise<{ readonly kills: number; readonly words: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'world-'));
  const smallDisk = join(tmpdir(), 'small-disk');
  const world = await World.open({ folder, smallDisk, bundles, seed, mutant, random: seededRandom(seed) });
  try {
    for (let kills = 1; ; kills++) {
      await world.crowd.go();
      await rest(LOAD_MS + world.plan.random(LOAD_MS));
      await strike(world);
      await world.lookAtDead();
      const words = world.takeProblems().join('\n');
      if (says.test(words) || kills === KILLS_MAX) return { kills, words };
      await world.restart();
    }
  } finally {
    await world.end();
  }
}
