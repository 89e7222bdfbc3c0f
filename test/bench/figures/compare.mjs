// Two builds by turns on one machine: did anything become worse?
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PinnedGateway } from './gateway.mjs';
import { load } from './load.mjs';
import { itemFile, shopFolder, SMALL_SHOP } from './shop.mjs';

/** A ratio that got worse by more than this fails. */
export const WORSE_MAX = 0.15;
const RATE = 1_000;

const root = join(import.meta.dirname, '../../..');
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** The commit to compare with: the one before, or this one when files differ from it. */
export function parentCommit() {
  return git('rev-parse', git('status', '--porcelain', '--untracked-files=no') === '' ? 'HEAD^' : 'HEAD');
}

/** Calls `use` with the folder of a build of `commit`, made in a worktree that is removed afterwards. */
export async function withBuildOf(commit, use) {
  const folder = mkdtempSync(join(tmpdir(), 'afterclick-parent-'));
  const tree = join(folder, 'tree');
  try {
    git('worktree', 'add', '--detach', tree, commit);
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    execFileSync(process.execPath, ['build.mjs'], { cwd: tree, stdio: ['ignore', 2, 2] });
    return await use(join(tree, 'dist'));
  } finally {
    if (existsSync(tree)) git('worktree', 'remove', '--force', tree);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What is compared; less is better. Each takes the figures of one turn. */
const COMPARED = {
  'CPU a click at 1,000/s, µs': ({ clicks }) => clicks.cpuUs,
  'click to list p50, ms': ({ clicks }) => clicks.clickToList.p50,
  'click to list p99, ms': ({ clicks }) => clicks.clickToList.p99,
  'click to ack p99, ms': ({ clicks }) => clicks.clickToAck.p99,
  'CPU a recommend over HTTP, µs': ({ calls }) => calls.cpuUs,
  'resident afterwards, MiB': ({ residentMiB }) => residentMiB,
};

/** One turn of one build. The generator is always ours. */
async function turn(bench, dist) {
  const count = bench.quick ? 500 : SMALL_SHOP;
  // A shop of its own for each build: formats may differ.
  const own = { ...bench, dist, work: join(bench.work, dist === bench.dist ? 'new' : 'old') };
  const from = await shopFolder({ ...own, generator: bench.dist }, count);
  const gateway = await PinnedGateway.start({ ...own, from });
  try {
    const sized = { rate: bench.quick ? 50 : RATE, seconds: bench.quick ? 1 : 8, warmup: 2 };
    const cost = async (flags) => {
      const before = gateway.cpuSeconds;
      const result = await load(bench, gateway.url, { ...sized, ...flags });
      return {
        ...result,
        cpuUs: (1e6 * (gateway.cpuSeconds - before)) / (sized.rate * (sized.seconds + sized.warmup)),
      };
    };
    const clicks = await cost({ items: itemFile(own.work, count), sessions: 'long' });
    const calls = await cost({ http: true, call: 'recommend' });
    return { clicks, calls, residentMiB: gateway.residentBytes / 2 ** 20 };
  } finally {
    await gateway.stop();
  }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** Rows `{what, old, new, ratio, isWorse}` of pairs of turns: the median of the ratios new ÷ old. */
export function verdicts(pairs) {
  return Object.entries(COMPARED).map(([what, of]) => {
    const ratio = median(pairs.map((pair) => of(pair.new) / of(pair.old)));
    const middle = (side) => median(pairs.map((pair) => of(pair[side])));
    return { what, old: middle('old'), new: middle('new'), ratio, isWorse: !(ratio <= 1 + WORSE_MAX) };
  });
}

/** Both builds in turns, the first one changing from round to round. */
export async function compare(bench, oldDist, rounds) {
  const pairs = [];
  for (let round = 0; round < rounds; round++) {
    const sides = [
      ['old', oldDist],
      ['new', bench.dist],
    ];
    if (round % 2 !== 0) sides.reverse();
    const pair = {};
    for (const [side, dist] of sides) pair[side] = await turn(bench, dist);
    pairs.push(pair);
  }
  return verdicts(pairs);
}
