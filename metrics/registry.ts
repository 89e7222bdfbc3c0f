import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';
import { UNDIVIDED, type Bites } from './process/bites.js';
import { realClock, type Clock } from './process/clock.js';
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
  registerAll(registry, COUNTERS, 'counter', (one) => [counterSample(one, sources())]);
  registerAll<GaugeRow>(registry, GAUGES, 'gauge', (one) => gaugeSamples(one, sources()));
  registerAll<HistogramRow>(registry, HISTOGRAMS, 'histogram', (one) =>
    histogramSamples(one, sources(), nameOf),
  );
  if (model !== undefined) registerInfo(registry, 'model_info', 'The model that serves', model);
  if (runtime !== undefined)
    registerInfo(registry, 'runtime_info', 'What carries sockets and runs the model', () => runtime);
  const rendering = new SharedRendering(clock, (spent) => textOf(registry, bites, clock, spent));
  return { contentType: registry.contentType, text: () => rendering.text() };
}

/** As `registry.metrics()`, metric by metric, with a rest now and then. */
async function textOf(
  registry: Registry,
  bites: Pick<Bites, 'isOver' | 'rest'>,
  clock: Pick<Clock, 'nowUs'>,
  spent: (us: number) => void,
): Promise<string> {
  const texts: string[] = [];
  for (const { name } of registry.getMetricsAsArray()) {
    const startUs = clock.nowUs();
    texts.push(await registry.getSingleMetricAsString(name));
    spent(clock.nowUs() - startUs);
    if (bites.isOver) await bites.rest();
  }
  return `${texts.join('\n\n')}\n`;
}

function registerAll<R extends MetricRow>(
  registry: Registry,
  rows: Readonly<Record<string, R>>,
  type: 'counter' | 'gauge' | 'histogram',
  samplesOf: (series: Series<R>) => Sample[],
): void {
  const all = seriesOf(rows);
  for (const row of Object.values(rows)) {
    const series = all.filter((one) => one.row === row);
    const name = METRIC_PREFIX + row.name;
    // prom-client formats anything that has a `get` in the shape of its own metrics; its types do not say so.
    const metric = {
      name,
      get: () => ({ name, help: row.help, type, values: series.flatMap(samplesOf), aggregator: 'sum' }),
    };
    registry.registerMetric(metric as unknown as Metric);
  }
}

function registerInfo(
  registry: Registry,
  info: string,
  what: string,
  labels: () => Readonly<Record<string, string>>,
): void {
  const name = METRIC_PREFIX + info;
  const help = `${what}, as labels; always 1.`;
  const metric = {
    name,
    get: () => ({ name, help, type: 'gauge', values: [{ value: 1, labels: labels() }], aggregator: 'first' }),
  };
  registry.registerMetric(metric as unknown as Metric);
}
