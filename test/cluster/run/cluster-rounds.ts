import { join } from 'node:path';
import { FaultDeck } from '../../nemesis/run/fault-deck.js';
import type { Client } from '../../nemesis/clients/client-host.js';
import { HttpClient } from '../../nemesis/clients/http-client.js';
import { LedgerFile } from '../../nemesis/clients/ledger-file.js';
import { SocketClient } from '../../nemesis/clients/socket-client.js';
import { patientlyUntil, rest } from '../../support/patience.js';
import { seededRandom } from '../../support/random.js';
import { checkOwners } from './check-owners.js';
import { checkStreams, type StreamsCheck } from './check-streams.js';
import { ClusterJournals } from './cluster-journals.js';
import { CLUSTER_FAULTS, type ClusterFault } from './cluster-faults.js';
import { leadBeside } from './lead-beside.js';
import { ListsBack } from './lists-back.js';
import { ClusterWorld, NODES, PARTITIONS } from './cluster-world.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { Pulse } from './pulse.js';

export interface ClusterResult {
  rounds: number;
  acknowledged: number;
  lost: number;
  double: number;
  gaps: number;
  listsBackMs: number;
  readonly failures: string[];
}

const NAMES = ['client-1', 'client-2', 'client-3', 'client-4', 'client-5', 'client-6', 'http-7', 'http-8'];
const PULSES = 12;
const MARKS = 1_000_000;
const LOAD_MS = 1_500;
/** Variables of gateways that are wrong: nothing fences, or they look for a server beside them that is not there. */
const ENVIRONMENTS: Partial<Record<Mutant, Record<string, string>>> = {
  'fencing-off': { FAULT_MUTANT: 'fencing-off' },
  'skipped-record': { FAULT_MUTANT: 'skipped-record' },
  'strangers-count': { FAULT_MUTANT: 'strangers-count' },
  'leader-beside': { AFTERCLICK_CLUSTER_BESIDE: 'nobody' },
};
/** A shopper without lists for so long is told of. */
const LONG_MS = 5_000;
const SETTLE_MS = 120_000;

export interface RoundsPlan {
  readonly seed: number;
  readonly rounds: number;
  readonly mutant: Mutant;
  /** Words, one of which is in the name of each fault, separated by commas; or `all`. */
  readonly fault: string;
  /** What the p99 of the time without lists may be; 0: no bound. */
  readonly listsBackMaxMs: number;
}

/** Plays rounds until all are played or one goes wrong. */
export async function playClusterRounds(
  { seed, rounds, mutant, fault, listsBackMaxMs }: RoundsPlan,
  say: (line: string) => void,
): Promise<ClusterResult> {
  const result: ClusterResult = {
    rounds: 0,
    acknowledged: 0,
    lost: 0,
    double: 0,
    gaps: 0,
    listsBackMs: 0,
    failures: [],
  };
  const random = seededRandom(seed);
  const faults = faultsOf(mutant, fault);
  if (faults.length === 0) throw new Error(`no fault has one of the words ${fault} in its name`);
  const deck = new FaultDeck(faults, random);
  const world = await ClusterWorld.open({
    isSynced: mutant !== 'default-sync',
    env: ENVIRONMENTS[mutant] ?? {},
  });
  say('three gateways and three NATS servers run');
  const clients = NAMES.map((name) => clientOf(name, world, seed));
  const urls = NODES.map((node) => world.nodes.urls[node]);
  const pulses = Array.from({ length: PULSES }, (_, i) => new Pulse(`pulse-${i}`, urls));
  const back = new ListsBack();
  try {
    while (result.rounds < rounds && result.failures.length === 0) {
      const dealt = deck.next();
      const fromMs = performance.now();
      let longestMs = 0;
      result.rounds++;
      const wrong = await playRound().catch((error: unknown) => [String((error as Error).stack)]);
      result.failures.push(...wrong.map((words) => `round ${result.rounds}, ${dealt.name}: ${words}`));
      say(
        `round ${result.rounds}, ${dealt.name}: ${result.acknowledged} acknowledged, lists back within ${longestMs} ms (${Math.round(performance.now() - fromMs)} ms)`,
      );

      async function playRound(): Promise<string[]> {
        for (const one of [...clients, ...pulses]) one.go();
        await rest(LOAD_MS);
        for (const pulse of pulses) pulse.take();
        if (mutant === 'leader-beside') await leadBeside(world);
        await dealt.strike(world, random);
        const awayMs = pulses.map((pulse) => pulse.take());
        longestMs = Math.round(Math.max(...awayMs));
        for (const [i, ms] of awayMs.entries())
          if (ms > LONG_MS) say(`${Math.round(ms)} ms: ${pulses[i].words}`);
        if (dealt.isOfAll !== true) back.note(dealt.name, awayMs);
        for (const pulse of pulses) pulse.rest();
        const unsettled = await settle(clients, pulses);
        // Journals are compared when nobody writes to them any more.
        if (unsettled.length > 0) return unsettled.map((words) => `not acknowledged: ${words}`);
        const { check, owners } = await look(world);
        Object.assign(result, { ...check, listsBackMs: back.p99 });
        say(
          `${check.purged} of ${PARTITIONS} streams have been purged; ${owners.users} users are compared with a replay`,
        );
        const backwards = pulses.map((pulse) => pulse.takeModels()).filter(goesBack);
        return [
          ...backwards.map((models) => `a shopper saw an old model again: ${models.join(', ')}`),
          ...problemsOf(check),
          ...owners.problems,
        ];
      }
    }
    for (const words of back.words) say(words);
    if (listsBackMaxMs > 0 && result.listsBackMs > listsBackMaxMs)
      result.failures.push(
        `lists were back after ${result.listsBackMs} ms, and are to be after ${listsBackMaxMs}`,
      );
    if (result.failures.length > 0) say(world.nodes.log);
  } finally {
    for (const one of [...clients, ...pulses]) one.end();
    await world.end();
  }
  return result;
}

function goesBack(models: readonly string[]): boolean {
  return new Set(models).size < models.length;
}

function problemsOf({ problems, lost, double, gaps }: StreamsCheck): string[] {
  return lost + double + gaps > 0 ? [...problems, JSON.stringify({ lost, double, gaps })] : [...problems];
}

/** Those that show what is made wrong, all of them when nothing is; of those the ones with one of the words. */
function faultsOf(mutant: Mutant, words: string): readonly ClusterFault[] {
  const names: readonly string[] = MUTANTS[mutant];
  return CLUSTER_FAULTS.filter(
    ({ name }) => names.length === 0 || names.some((begin) => name.startsWith(begin)),
  ).filter(({ name }) => words === 'all' || words.split(',').some((word) => name.includes(word)));
}

/** Each client goes to any gateway, another one each time it connects. */
function clientOf(name: string, world: ClusterWorld, seed: number): Client {
  const number = NAMES.indexOf(name) + 1;
  const random = seededRandom(seed * 1_000 + number);
  let marks = number * MARKS;
  const host = {
    name,
    get url() {
      return urlOf(world, random, 0);
    },
    ledger: new LedgerFile(join(world.ledgers, `${name}.ledger`)),
    random,
    mark: () => ++marks,
  };
  return name.startsWith('http') ? new HttpClient(host) : new SocketClient(host);
}

/** A gateway that runs, as a load balancer would choose it. */
function urlOf(
  { nodes: { running, urls } }: ClusterWorld,
  random: (limit: number) => number,
  otherwise: number,
): string {
  return urls[running.length === 0 ? otherwise % urls.length : running[random(running.length)]];
}

async function look(world: ClusterWorld) {
  const journals = await ClusterJournals.open(world);
  try {
    const check = await checkStreams(world.ledgers, journals);
    return { check, owners: await checkOwners(world, journals) };
  } finally {
    await journals.close();
  }
}

async function settle(clients: readonly Client[], pulses: readonly Pulse[]): Promise<string[]> {
  for (const client of clients) client.settle();
  const unsettled = (): string[] => [
    ...clients.map((client) => client.unsettled).filter((words) => words !== ''),
    ...pulses.filter(({ isSettled }) => !isSettled).map(({ words }) => words),
  ];
  await patientlyUntil(() => unsettled().length === 0, { everyMs: 20, ms: SETTLE_MS });
  return unsettled();
}
