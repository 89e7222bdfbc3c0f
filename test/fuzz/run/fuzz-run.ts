import { readFileSync } from 'node:fs';
import { scrapeMetrics } from '../../../loadtest/target/server-stages.js';
import { METRIC_PREFIX } from '../../../metrics/table.js';
import { type BuiltGateway, startGateway } from '../../support/gateway/built-gateway.js';
import { seededRandom } from '../../support/random.js';
import type { Tongue } from '../../hostile/wire/hostile-socket.js';
import { BodyFuzzer } from './body-fuzzer.js';
import { FrameFuzzer } from './frame-fuzzer.js';
import type { Fuzzer, FuzzHost } from './fuzzer.js';
import { HeadFuzzer } from './head-fuzzer.js';

/** Looks at the gateway's memory in a run. */
const LOOKS = 20;
/** Sockets of each encoding: the gateway gives one connection no more than a share of its time. */
const SOCKETS = 16;
/** Of requests, of which most wait for the disk: with one client alone all others would wait for it. */
const BODY_CLIENTS = 8;
const LOG_CHARS = 4_000;
const PROBLEMS_MAX = 20;
/** Counters of the gateway that have to stay 0. */
const CRASH_COUNTERS = ['shard_restarts_total', 'invariants_broken_total'];
/** No bound refuses what nobody has looked at; what the gateway keeps is full soon, so that its memory says something. */
const SETTINGS = {
  AFTERCLICK_MESSAGES_PER_SEC: '1000000',
  AFTERCLICK_USER_MESSAGES_PER_SEC: '0',
  AFTERCLICK_ADDRESS_MESSAGES_PER_SEC: '0',
  AFTERCLICK_ADDRESS_REQUESTS_PER_SEC: '0',
  AFTERCLICK_ADDRESS_BYTES_PER_SEC: '0',
  AFTERCLICK_USERS_HOT: '1024',
  AFTERCLICK_ITEMS_MAX: '4096',
  AFTERCLICK_JOURNAL_KEPT_BYTES: '67108864',
  AFTERCLICK_ENCODER: 'none',
  AFTERCLICK_LOG_LEVEL: 'error',
  // For each of its threads.
  NODE_OPTIONS: `--import ${new URL('collect-garbage.js', import.meta.url).href}`,
};

/** What a run came to. */
export interface FuzzResult {
  readonly sent: number;
  readonly connections: number;
  /** Ends of the process, restarts of shards, broken invariants. */
  readonly crashes: number;
  /** What went wrong, a line each. */
  readonly problems: readonly string[];
  /** Memory of the process that is no file's, MiB, at looks that divide the run evenly. */
  readonly memoryMib: readonly number[];
}

/** What one fuzzer sends of all. */
interface Share {
  readonly fuzzer: Fuzzer;
  /** 0 … 1. */
  readonly share: number;
}

/** Sends `count` mutated frames and requests, or fewer when the gateway ends. @param say progress, a line each */
export async function playFuzz(
  { seed, count }: { readonly seed: number; readonly count: number },
  say: (line: string) => void,
): Promise<FuzzResult> {
  let log = '';
  const gateway = await startGateway({
    env: SETTINGS,
    onLog: (text) => (log = (log + text).slice(-LOG_CHARS)),
  });
  const problems: string[] = [];
  const note = (words: string): void => {
    if (problems.length >= PROBLEMS_MAX) return;
    problems.push(words);
    say(words);
  };
  const shares = sharesOf(Number(new URL(gateway.url).port), seed, note);
  const memoryMib: number[] = [];
  const sentOf = new Map(shares.map(({ fuzzer }) => [fuzzer, 0]));
  const total = (): number => [...sentOf.values()].reduce((sum, sent) => sum + sent, 0);
  for (let look = 1; look <= LOOKS && isAlive(gateway); look++) {
    await Promise.all(
      shares.map(async ({ fuzzer, share }) => {
        const until = (count * share * look) / LOOKS;
        while (sentOf.get(fuzzer)! < until && isAlive(gateway))
          sentOf.set(fuzzer, sentOf.get(fuzzer)! + (await fuzzer.batch()));
      }),
    );
    memoryMib.push(anonymousMib(gateway));
    say(`${total()} sent, ${memoryMib.at(-1)!.toFixed(0)} MiB, ${problems.length} problems`);
  }
  for (const { fuzzer } of shares) fuzzer.end();
  const crashes = await crashesOf(gateway, log, note);
  const connections = shares.reduce((sum, { fuzzer }) => sum + fuzzer.connections, 0);
  return { sent: total(), connections, crashes, problems, memoryMib };
}

/** Most of it goes over sockets. Each has an address and random numbers of its own, so that it does the same whatever the others do. */
function sharesOf(port: number, seed: number, problem: (words: string) => void): Share[] {
  let number = 0;
  const host = (): FuzzHost => ({
    port,
    localAddress: `127.0.0.${2 + ++number}`,
    random: seededRandom(seed * 100 + number),
    problem,
  });
  const frames = (tongue: Tongue): Share[] =>
    Array.from({ length: SOCKETS }, () => ({
      fuzzer: new FrameFuzzer(host(), tongue),
      share: 0.48 / SOCKETS,
    }));
  return [
    ...frames('msgpack'),
    ...frames('json'),
    ...Array.from({ length: BODY_CLIENTS }, () => ({
      fuzzer: new BodyFuzzer(host()),
      share: 0.03 / BODY_CLIENTS,
    })),
    { fuzzer: new HeadFuzzer(host()), share: 0.01 },
  ];
}

async function crashesOf(gateway: BuiltGateway, log: string, note: (words: string) => void): Promise<number> {
  if (!isAlive(gateway)) {
    const { exitCode, signalCode } = gateway.process;
    note(`the gateway ended with ${exitCode ?? signalCode}: ${log}`);
    return 1;
  }
  const names = new Set(CRASH_COUNTERS.map((name) => METRIC_PREFIX + name));
  const lines = await scrapeMetrics(gateway.url);
  const crashes = lines.filter(({ name }) => names.has(name)).reduce((sum, { value }) => sum + value, 0);
  if (crashes > 0) note(`${crashes} crashes within the gateway: ${log}`);
  const code = await gateway.stop();
  if (code !== 0) note(`it ended with ${code} when it was asked to: ${log}`);
  return crashes;
}

function isAlive({ process }: BuiltGateway): boolean {
  return process.exitCode === null && process.signalCode === null;
}

/** Memory that is of no file, MiB: what of the store is in the page cache comes and goes. */
function anonymousMib({ process }: BuiltGateway): number {
  try {
    const kib = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process.pid}/status`, 'utf8'))?.[1];
    return Number(kib ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
