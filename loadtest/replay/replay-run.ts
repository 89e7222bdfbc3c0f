import type { Clock } from '../../metrics/process/clock.js';
import type { Progress } from '../../metrics/process/progress.js';
import { trainingCutMs, uploadItems } from '../target/gateway-http.js';
import { scrapeMetrics } from '../target/server-stages.js';
import { HitRates } from './hit-rates.js';
import { Player, type Playback } from './player.js';
import type { RecordedEvent, Recording } from './recorded.js';
import type { ReplayResult } from './replay-report.js';
import { SampleTaker } from './sample.js';

/** Which events are played, and how. */
export interface ReplayPlan extends Playback {
  /** Earlier events are not sent, only shown to the baselines. */
  readonly since?: Date;
}

/**
 * Uploads the items, plays the events and sums up. Rejects when the gateway refuses the items, cannot
 * be reached, or when a recorded speed is asked of events that have no times.
 */
export async function runReplay(
  plan: ReplayPlan,
  { items, events }: Recording,
  clock: Clock,
  startProgress: (total: number) => Progress,
): Promise<ReplayResult> {
  if (
    events.some((event) => Number.isNaN(event.tsMs)) &&
    (plan.speed !== 'max' || plan.since !== undefined)
  ) {
    throw new Error('these events have no times: use --speed max, and no --since');
  }
  await uploadItems(plan.url, items);
  const cutMs = await trainingCutMs(plan.url);
  const sinceMs = plan.since?.getTime() ?? -Infinity;
  const played = events.filter((event) => !(event.tsMs < sinceMs));
  const hitRates = new HitRates(plan.k, cutMs ?? -Infinity);
  for (const event of events) if (event.tsMs < sinceMs) hitRates.observe(event);
  const sampler = new SampleTaker(Math.floor(played.length / 2));
  const player = new Player(plan, clock, {
    sending: (event, list) => {
      hitRates.judge(event, list);
      sampler.sending(event, list);
    },
    listed: (event, list) => sampler.listed(event, list),
  });
  const seconds = await timed(clock, () => playWithProgress(player, played, startProgress(played.length)));
  return {
    events: played.length,
    seconds,
    eventsPerSec: player.clickToList.count / seconds,
    clickToList: player.clickToList.row(),
    clickToAck: player.clickToAck.row(),
    missingLists: played.length - player.doneCount,
    refused: player.refused.toJSON(),
    reconnects: player.reconnects.toJSON(),
    lagMaxMs: player.lagMaxMs,
    k: plan.k,
    trainingCutMs: cutMs ?? null,
    hitRates: hitRates.rows(),
    gatewayBytes: await residentBytes(plan.url),
    sample: sampler.sample ?? null,
  };
}

async function playWithProgress(
  player: Player,
  events: readonly RecordedEvent[],
  progress: Progress,
): Promise<void> {
  const showing = setInterval(
    () => progress.update(player.doneCount, `p99 ${player.clickToList.row().p99.toFixed(1)} ms`),
    500,
  );
  try {
    await player.play(events);
  } finally {
    clearInterval(showing);
    progress.stop();
  }
}

async function timed(clock: Clock, action: () => Promise<void>): Promise<number> {
  const startUs = clock.nowUs();
  await action();
  return (clock.nowUs() - startUs) / 1e6;
}

async function residentBytes(baseUrl: string): Promise<number | null> {
  const lines = await scrapeMetrics(baseUrl);
  return lines.find((line) => line.name === 'process_resident_memory_bytes')?.value ?? null;
}
