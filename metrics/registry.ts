import { collectDefaultMetrics, Registry } from 'prom-client';
import { UNDIVIDED, type Bites } from './process/bites.js';
import { realClock, type Clock } from './process/clock.js';
import { headText, sampleText, type MetricHead } from './sample-text.js';
import { SharedRendering } from './shared-rendering.js';
import { COUNTERS, GAUGES, HISTOGRAMS, METRIC_PREFIX, seriesOf, type Series } from './table.js';
import { SLOT_PLACES } from './rows/click-metrics.js';
import type { GaugeRow, HistogramRow, MetricRow } from './rows/metric-row.js';
import {
  counterSample,
  gaugeSamples,
  histogramSamples,
  type LabelNames,
  type Sample,
  type StatsSource,
} from './exposition.js';

/** What a scrape tells beside the threads' figures. */
export interface RegistryNames {
  /** Called on each scrape; exported as the labels of `model_info`. */
  readonly model?: () => Readonly<Record<'model' | 'fingerprint', string>>;
  /** What carries sockets and runs the model, exported as the labels of `runtime_info`. */
  readonly runtime?: Readonly<Record<string, string>>;
  /** Slots that are counted by themselves, in the order of `SLOT_PLACES`. */
  readonly slots?: readonly string[];
}

/** What prom-client calls a total and is none. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export interface MetricsRegistry {
  /** `Content-Type` of `text`. */
  readonly contentType: string;
  /** Everything in Prometheus' text format, as of now; a moment old for those who ask without end (`SharedRendering`). */
  text(): Promise<string>;
}

/**
 * Merges the threads' stats on each scrape: counters and histograms are added, gauges as their row says. Node's own
 * metrics (memory, CPU, collections, lag of the main thread) stand beside them under prom-client's names.
 * A scrape rests in `bites`. `sources` is called on each scrape. A thread that is started again must go on with its old buffer, or counters fall.
 */
export function createRegistry(
  sources: () => readonly StatsSource[],
  { model, runtime, slots = [] }: RegistryNames = {},
  bites: Pick<Bites, 'isOver' | 'rest'> = UNDIVIDED,
  clock: Pick<Clock, 'nowUs'> = realClock,
): MetricsRegistry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  const slotNames = new Map<string, string>(slots.map((name, i) => [SLOT_PLACES[i], name]));
  const nameOf: LabelNames = (label, value) =>
    label === 'slot' && value !== 'other' ? slotNames.get(value) : value;
  const families = [
    ...familiesOf(COUNTERS, 'counter', (one) => [counterSample(one, sources())]),
    ...familiesOf<GaugeRow>(GAUGES, 'gauge', (one) => gaugeSamples(one, sources())),
    ...familiesOf<HistogramRow>(HISTOGRAMS, 'histogram', (one) => histogramSamples(one, sources(), nameOf)),
    ...(model === undefined ? [] : [infoFamily('model_info', 'The model that serves', model)]),
    ...(runtime === undefined
      ? []
      : [infoFamily('runtime_info', 'What carries sockets and runs the model', () => runtime)]),
  ];
  const rendering = new SharedRendering(clock, (spent) => {
    const pieces = allPieces(registry, families);
    return textOf(pieces, bites, clock, spent);
  });
  return { contentType: registry.contentType, text: () => rendering.text() };
}

/** One of our metrics: its head, and what makes the samples of each of its series. */
interface Family {
  readonly head: MetricHead;
  readonly series: readonly (() => readonly Sample[])[];
}

/** The text, piece by piece: metrics of Node by its own library, ours series by series, since one may have a thousand lines. */
async function* allPieces(registry: Registry, families: readonly Family[]): AsyncGenerator<string> {
  for (const { name } of registry.getMetricsAsArray())
    yield `${await registry.getSingleMetricAsString(name)}\n\n`;
  for (const { head, series } of families) {
    yield `${headText(head)}\n`;
    for (const samplesOf of series)
      yield samplesOf()
        .map((sample) => `${sampleText(head.name, sample)}\n`)
        .join('');
    yield '\n';
  }
}

/** All pieces, with a rest now and then. */
async function textOf(
  pieces: AsyncGenerator<string>,
  bites: Pick<Bites, 'isOver' | 'rest'>,
  clock: Pick<Clock, 'nowUs'>,
  spent: (us: number) => void,
): Promise<string> {
  let text = '';
  let startUs = clock.nowUs();
  for await (const piece of pieces) {
    text += piece;
    spent(clock.nowUs() - startUs);
    if (bites.isOver) await bites.rest();
    startUs = clock.nowUs();
  }
  return text;
}

function familiesOf<R extends MetricRow>(
  rows: Readonly<Record<string, R>>,
  type: MetricHead['type'],
  samplesOf: (series: Series<R>) => Sample[],
): Family[] {
  const all = seriesOf(rows);
  return Object.values(rows).map((row) => ({
    head: { name: METRIC_PREFIX + row.name, help: row.help, type },
    series: all.filter((one) => one.row === row).map((one) => () => samplesOf(one)),
  }));
}

function infoFamily(info: string, what: string, labels: () => Readonly<Record<string, string>>): Family {
  const head = { name: METRIC_PREFIX + info, help: `${what}, as labels; always 1.`, type: 'gauge' } as const;
  return { head, series: [() => [{ value: 1, labels: labels() }]] };
}
