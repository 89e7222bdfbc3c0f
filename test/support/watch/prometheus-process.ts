import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { freePort } from '../gateway/built-gateway.js';
import { allRules, type Rule } from './alert-rules.js';
import { promtool } from './promtool.js';

/** An alert that Prometheus holds, as its API tells it. */
export interface HeldAlert {
  readonly state: 'pending' | 'firing';
  readonly labels: Readonly<Record<string, string>>;
}

/** A series of a range query. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Time in s since 1970, and the value, which may be NaN. */
  readonly points: readonly (readonly [number, number])[];
}

/** What `for` and the windows of the rules become: a fault lasts seconds in a test. */
const FOR = '2s';
const WINDOW = '[10s]';
/** What is kept of its log. */
const LOG_CHARS = 8_000;

/** The rules of `metrics/alerts/` with short windows, and nothing else changed. */
export function shortened(rules: readonly Rule[]): Rule[] {
  return rules.map((rule) => ({
    ...rule,
    expr: rule.expr.replaceAll(/\[\d+[mhd]\]/g, WINDOW),
    ...(rule.for !== undefined && { for: FOR }),
  }));
}

/** A real Prometheus that scrapes one gateway each second and judges the shortened rules as often. Kill it at the end. */
export class PrometheusProcess {
  readonly #process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.#process = process;
    this.#url = url;
  }

  /** Rejects when it is not installed, or ends before it is ready. */
  static async start(target: string): Promise<PrometheusProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'afterclick', static_configs: [{ targets: [target] }] }],
    };
    writeFileSync(
      join(folder, 'rules.yml'),
      stringify({ groups: [{ name: 'short', rules: shortened(allRules()) }] }),
    );
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    // Says what to install when it is not there.
    promtool(['check', 'config', join(folder, 'prometheus.yml')]);
    const address = `127.0.0.1:${await freePort()}`;
    const options = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    const child = spawn('prometheus', [...options, `--web.listen-address=${address}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const prometheus = new PrometheusProcess(child, `http://${address}`);
    await prometheus.#ready();
    return prometheus;
  }

  /** Alerts that are pending or fire now. */
  async alerts(): Promise<readonly HeldAlert[]> {
    const { alerts } = (await this.#ask('/api/v1/alerts')) as { readonly alerts: readonly HeldAlert[] };
    return alerts;
  }

  /** Names of the alerts that fire now and wake somebody. */
  async pages(): Promise<string[]> {
    const firing = (await this.alerts()).filter(
      ({ state, labels }) => state === 'firing' && labels.severity === 'page',
    );
    return [...new Set(firing.map(({ labels }) => labels.alertname))].sort();
  }

  /** Value of the first series of an instant query; undefined when there is none. */
  async value(query: string): Promise<number | undefined> {
    const { result } = (await this.#ask(`/api/v1/query?query=${encodeURIComponent(query)}`)) as {
      readonly result: readonly { readonly value: readonly [number, string] }[];
    };
    return result.length === 0 ? undefined : Number(result[0].value[1]);
  }

  /** What a query gives over the time from `from` to `to` (s since 1970), one point a second; a series without a point is not there. */
  async range(query: string, from: number, to: number): Promise<readonly RangeSeries[]> {
    const path = `/api/v1/query_range?query=${encodeURIComponent(query)}&start=${from}&end=${to}&step=1`;
    const { result } = (await this.#ask(path)) as {
      readonly result: readonly {
        readonly metric: RangeSeries['labels'];
        readonly values: readonly [number, string][];
      }[];
    };
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([at, value]) => [at, Number(value)]),
    }));
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  async #ask(path: string): Promise<unknown> {
    const reply = await fetch(this.#url + path);
    const { status, data } = (await reply.json()) as { readonly status: string; readonly data: unknown };
    if (status !== 'success') throw new Error(`Prometheus answers ${path} with ${status}`);
    return data;
  }

  /** Its log says when it takes requests. */
  #ready(): Promise<void> {
    let log = '';
    return new Promise((resolve, reject) => {
      this.#process.stderr?.on('data', (chunk: Buffer) => {
        log = (log + chunk.toString()).slice(-LOG_CHARS);
        if (log.includes('Server is ready to receive web requests')) resolve();
      });
      this.#process.once('exit', () => reject(new Error(`Prometheus ended before it was ready:\n${log}`)));
      this.#process.once('error', reject);
    });
  }
}
