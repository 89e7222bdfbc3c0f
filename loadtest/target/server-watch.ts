import type { Clock } from '../../metrics/process/clock.js';
import { GAUGES, METRIC_PREFIX } from '../../metrics/table.js';
import { askAsOperator } from './operator-asker.js';
import { parsePrometheusText, type MetricLine } from './server-stages.js';

/** What the server said of itself at one moment. */
export interface ServerSample {
  /** Seconds of the measured time. */
  readonly atSec: number;
  /** Cores that its process was busy on since the sample before; `undefined` in the first. */
  readonly cores: number | undefined;
  readonly residentBytes: number;
  /** How late the event loop of each thread ran, 99th percentile, ms. */
  readonly loopDelayMs: Readonly<Record<string, number>>;
}

const CPU = 'process_cpu_seconds_total';
const RESIDENT = 'process_resident_memory_bytes';
const LOOP = METRIC_PREFIX + GAUGES.eventLoopDelay.name;
/** The lines that are wanted, cut out of the page before it is parsed: the generator has clicks to send. */
const WANTED = new RegExp(`^(?:${CPU}|${RESIDENT}|${LOOP}\\{[^}]*\\}) .*$`, 'gm');
/** Samples kept of a run. */
const SAMPLES_MAX = 3_600;

/** Resident bytes of the server; NaN where it does not say. */
export function residentBytes(lines: readonly MetricLine[]): number {
  return lines.find(({ name }) => name === RESIDENT)?.value ?? Number.NaN;
}

/** Asks a server for its metrics every so often, from `begin` to `stop`. */
export class ServerWatch {
  readonly samples: ServerSample[] = [];
  readonly #url: string;
  readonly #clock: Clock;
  #fromUs = 0;
  #timer: NodeJS.Timeout | undefined;
  #last: { readonly cpuSec: number; readonly atUs: number } | undefined;
  #isAsking = false;

  constructor(baseUrl: string, clock: Clock) {
    this.#url = baseUrl;
    this.#clock = clock;
  }

  /** @param everySec 0 asks never. */
  begin(fromUs: number, everySec: number): void {
    this.#fromUs = fromUs;
    if (everySec > 0) this.#timer = setInterval(() => void this.#ask(), everySec * 1_000);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** A server that does not answer leaves a gap. */
  async #ask(): Promise<void> {
    if (this.#isAsking || this.samples.length === SAMPLES_MAX) return;
    this.#isAsking = true;
    try {
      const { text } = await askAsOperator(this.#url, '/metrics');
      const lines = parsePrometheusText((text.match(WANTED) ?? []).join('\n'));
      if (lines.length > 0) this.#take(lines, this.#clock.nowUs());
    } catch {
      this.#last = undefined;
    } finally {
      this.#isAsking = false;
    }
  }

  #take(lines: readonly MetricLine[], nowUs: number): void {
    const cpuSec = lines.find(({ name }) => name === CPU)?.value ?? Number.NaN;
    const last = this.#last;
    this.#last = { cpuSec, atUs: nowUs };
    const delays = lines.filter(({ name, labels }) => name === LOOP && labels['statistic'] === 'p99');
    this.samples.push({
      atSec: (nowUs - this.#fromUs) / 1e6,
      cores: last === undefined ? undefined : ((cpuSec - last.cpuSec) * 1e6) / (nowUs - last.atUs),
      residentBytes: residentBytes(lines),
      loopDelayMs: Object.fromEntries(
        delays.map(({ labels, value }) => [labels['thread'] ?? '', value * 1_000]),
      ),
    });
  }
}
