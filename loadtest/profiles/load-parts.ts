import { fork, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { ClickRecorder, type SavedClicks } from '../load/click-recorder.js';
import { figuresOf, type LoadResult } from '../load/load-result.js';
import { lengthOf } from '../stream/rate-shape.js';
import { scrapeMetrics, shedSeconds, stageRows } from '../target/server-stages.js';
import { residentBytes, ServerWatch } from '../target/server-watch.js';
import type { FromPart, ToPart } from './part-messages.js';
import { PROFILES } from './profile.js';
import type { Settled } from './socket-load.js';

/** Between the word to begin and the begin: all have heard it by then. */
const BEGIN_IN_US = 200_000;

/** One process. */
class Part {
  readonly opened: Promise<void>;
  readonly done: Promise<{ readonly clicks: SavedClicks; readonly cpuShare: number }>;
  clicks = 0;
  readonly #child: ChildProcess;

  constructor(open: ToPart, onProgress: () => void) {
    const child = fork(new URL('./load-part.js', import.meta.url), []);
    this.#child = child;
    const heard = <T extends FromPart['t']>(t: T): Promise<Extract<FromPart, { t: T }>> =>
      new Promise((resolve, reject) => {
        child.on('message', (message: FromPart) => {
          if (message.t === t) resolve(message as Extract<FromPart, { t: T }>);
          else if (message.t === 'failed') reject(new Error(message.message));
        });
        child.once('error', reject);
        child.once('exit', () => reject(new Error('a process of the generator has ended')));
      });
    this.opened = heard('opened').then(() => undefined);
    this.done = heard('done');
    this.done.catch(() => undefined);
    child.on('message', (message: FromPart) => {
      if (message.t !== 'progress') return;
      this.clicks = message.clicks;
      onProgress();
    });
    child.send(open);
  }

  begin(startUs: number): void {
    this.#child.send({ t: 'begin', startUs } satisfies ToPart);
  }

  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

/**
 * The same load from several processes, each with its share of the rate and of the connections. They begin together, and what they
 * recorded is one result: histograms are added, never percentiles. Rejects when one of them fails, and ends the others.
 */
export async function runLoadParts(config: Settled, clock: Clock, progress: Progress): Promise<LoadResult> {
  const before = await scrapeMetrics(config.url);
  const run = `load-${Math.floor(clock.nowMs()).toString(36)}`;
  const profile = PROFILES[config.profile];
  const parts: Part[] = [];
  const show = (): void =>
    progress.update(
      parts.reduce((sum, { clicks }) => sum + clicks, 0),
      '',
    );
  const watch = new ServerWatch(config.url, clock);
  try {
    for (let part = 0; part < config.processes; part++)
      parts.push(new Part({ t: 'open', config: partOf(config, part), part, run }, show));
    await Promise.all(parts.map(({ opened }) => opened));
    const open = await scrapeMetrics(config.url);
    const startUs = clock.nowUs() + BEGIN_IN_US;
    const recorder = new ClickRecorder(lengthOf(profile.shape(config)) - config.warmup);
    recorder.begin(startUs + config.warmup * 1e6);
    watch.begin(recorder.measuredFromUs, config.watch);
    for (const part of parts) part.begin(startUs);
    const all = await Promise.all(parts.map(({ done }) => done));
    for (const { clicks } of all) recorder.take(clicks);
    const after = await scrapeMetrics(config.url);
    const [beforeBytes, openBytes, afterBytes] = [before, open, after].map(residentBytes);
    const figures = figuresOf(recorder, {
      ...config,
      shape: profile.shape(config),
      phases: profile.phases?.(config.seconds) ?? [],
      server: watch.samples,
      generatorCpuShare: Math.max(...all.map(({ cpuShare }) => cpuShare)),
      beside: { processes: config.processes },
    });
    return {
      ...figures,
      memory: { beforeBytes, openBytes, afterBytes },
      stages: stageRows(open, after),
      shedSeconds: shedSeconds(open, after),
    };
  } finally {
    watch.stop();
    for (const part of parts) part.close();
  }
}

/** Seeds of parts are so far apart that no stream of one is another's. */
const SEED_STEP = 1_000;

function partOf(config: Settled, part: number): Settled {
  const { connections, processes, rate, seed } = config;
  const own = Math.floor(connections / processes) + (part < connections % processes ? 1 : 0);
  return {
    ...config,
    rate: rate / processes,
    connections: own,
    seed: seed + part * SEED_STEP,
    watch: 0,
    processes: 1,
  };
}
