import type { LatencyRow } from '../load/recorder.js';
import { latencyTable, percent, table, tally } from '../report/load-report.js';
import { BASELINES } from './replay-baselines.js';
import { LISTS, type HitRate } from './hit-rates.js';
import type { Sample } from './sample.js';

/** Result of a replay. Latencies in ms. */
export interface ReplayResult {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSec: number;
  readonly clickToList: LatencyRow;
  readonly clickToAck: LatencyRow;
  readonly missingLists: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly reconnects: Readonly<Record<string, number>>;
  /** How far sending fell behind the recording at worst; 0 at full speed. */
  readonly lagMaxMs: number;
  readonly k: number;
  /** Epoch ms of the last event that the serving model was trained on; null when it is not known. */
  readonly trainingCutMs: number | null;
  readonly hitRates: readonly HitRate[];
  /** Resident memory of the gateway at the end; null when it does not say. */
  readonly gatewayBytes: number | null;
  readonly sample: Sample | null;
}

const SAMPLE_ROWS = 10;

/** The result for people. `titleOf` names an item. */
export function replayReport(result: ReplayResult, titleOf: (item: string) => string): string {
  const cut = result.trainingCutMs;
  return [
    ...(result.sample === null ? [] : [sampleText(result.sample, titleOf), '']),
    `${result.events} events in ${result.seconds.toFixed(1)} s: ${result.eventsPerSec.toFixed(0)} events/s`,
    "sent without ts: the server's clock applies, as recorded times lie outside the 30 days it takes",
    ...(result.lagMaxMs > 0 ? [`behind the recording by ${result.lagMaxMs.toFixed(0)} ms at most`] : []),
    '',
    latencyTable({ 'click to list': result.clickToList, 'click to ack': result.clickToAck }),
    '',
    `without a list ${result.missingLists}`,
    ...tally('refused', result.refused),
    ...tally('reconnected, by close code', result.reconnects),
    ...(result.gatewayBytes === null
      ? []
      : [`resident memory of the gateway ${(result.gatewayBytes / 2 ** 20).toFixed(0)} MiB`]),
    '',
    `hit rate@${result.k}: was the clicked item in the list pushed after the same user's click before?`,
    'baselines: most clicked so far in the recorded session, or by the user, or of all; item to item: next to the last item in any session',
    hitTable(result.hitRates),
    cut === null
      ? 'the serving model tells no end of its training: all clicks count'
      : `the model was trained on events until ${new Date(cut).toISOString()}: only the rows after that are free of what it has seen`,
  ].join('\n');
}

function hitTable(rates: readonly HitRate[]): string {
  const header = ['clicks', 'count', ...LISTS, 'pushed / session + global', 'pushed / best baseline'];
  const body = rates.map(({ scope, clicks, rates: by }) => {
    const best = Math.max(...BASELINES.map((baseline) => by[baseline]));
    return [
      scope,
      String(clicks),
      ...LISTS.map((list) => percent(by[list])),
      ratio(by['pushed list'], by['session + global']),
      ratio(by['pushed list'], best),
    ];
  });
  return table([header, ...body]);
}

function ratio(rate: number, base: number): string {
  return base === 0 ? '–' : (rate / base).toFixed(2);
}

function sampleText({ event, before, after }: Sample, titleOf: (item: string) => string): string {
  const mark = (item: string | undefined): string =>
    item === undefined ? '' : `${before.includes(item) ? ' ' : '+'} ${titleOf(item)}`;
  const rows = Array.from({ length: SAMPLE_ROWS }, (_, i) => [
    before[i] === undefined ? '' : titleOf(before[i]),
    mark(after[i]),
  ]);
  const width = Math.max(...rows.map(([left]) => left.length), 'list before'.length);
  const lines = [['list before', '  list after (+: new)'], ...rows].map(
    ([left, right]) => `${left.padEnd(width)}  ${right}`,
  );
  return [`user ${event.user}: ${event.e} ${titleOf(event.item)}`, ...lines].join('\n');
}
