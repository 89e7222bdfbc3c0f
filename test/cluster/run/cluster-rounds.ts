import { join } from 'node:path';
import { FaultDeck } from '../../nemesis/run/fault-deck.js';
import type { Client } from '../../nemesis/clients/client-host.js';
import { HttpClient } from '../../nemesis/clients/http-client.js';
import { LedgerFile } from '../../nemesis/clients/ledger-file.js';
import { SocketClient } from '../../nemesis/clients/socket-client.js';
import { patientlyUntil, rest } from '../../support/patience.js';
import { seededRandom } from '../../support/random.js';
import { checkStreams } from './check-streams.js';
import { CLUSTER_FAULTS } from './cluster-faults.js';
import { ClusterWorld } from './cluster-world.js';
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
const SETTLE_MS = 120_000;

/** Plays rounds until all are played or one goes wrong. */
export async function playClusterRounds(
  { seed, rounds }: { readonly seed: number; readonly rounds: number },
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
  const deck = new FaultDeck(CLUSTER_FAULTS, random);
  const world = await ClusterWorld.open();
  say('three gateways and three NATS servers run');
  const clients = NAMES.map((name) => clientOf(name, world, seed));
  const pulses = Array.from(
    { length: PULSES },
    (_, i) => new Pulse(`pulse-${i}`, () => urlOf(world, random, i)),
  );
  const backMs: number[] = [];
  try {
    while (result.rounds < rounds && result.failures.length === 0) {
      const { name, strike } = deck.next();
      const fromMs = performance.now();
      for (const client of clients) client.go();
      await rest(LOAD_MS);
      for (const pulse of pulses) pulse.take();
      await strike(world, random);
      backMs.push(...pulses.map((pulse) => pulse.take()));
      const unsettled = await settle(clients);
      const check = await checkStreams(world);
      result.rounds++;
      Object.assign(result, { ...check, listsBackMs: Math.round(atShare(backMs, 0.99)) });
      const wrong = [...unsettled.map((words) => `not acknowledged: ${words}`), ...check.problems];
      if (check.lost + check.double + check.gaps > 0)
        wrong.push(JSON.stringify({ ...check, problems: undefined }));
      result.failures.push(...wrong.map((words) => `round ${result.rounds}, ${name}: ${words}`));
      say(
        `round ${result.rounds}, ${name}: ${check.acknowledged} acknowledged, lists back within ${Math.round(Math.max(...backMs.slice(-PULSES)))} ms (${Math.round(performance.now() - fromMs)} ms)`,
      );
    }
    if (result.failures.length > 0) say(world.log);
  } finally {
    for (const one of [...clients, ...pulses]) one.end();
    await world.end();
  }
  return result;
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
  { running, urls }: ClusterWorld,
  random: (limit: number) => number,
  otherwise: number,
): string {
  return urls[running.length === 0 ? otherwise % urls.length : running[random(running.length)]];
}

async function settle(clients: readonly Client[]): Promise<string[]> {
  for (const client of clients) client.settle();
  const unsettled = (): string[] => clients.map((client) => client.unsettled).filter((words) => words !== '');
  await patientlyUntil(() => unsettled().length === 0, { everyMs: 20, ms: SETTLE_MS });
  return unsettled();
}

function atShare(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
