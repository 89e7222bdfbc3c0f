import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../gateway/start/config.js';
import { gatewayOptions } from '../../gateway/start/gateway-options.js';
import { ROOT, textOf } from '../support/markdown.js';
import { ALERTS_FOLDER } from '../support/watch/alert-rules.js';
import { promtool } from '../support/watch/promtool.js';

/** What of the Compose specification is used; a key that is not listed is an error, as Compose itself would say. */
const service = z.strictObject({
  image: z.string(),
  build: z.literal('.').optional(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  user: z.string().optional(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/)).optional(),
  volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(:ro)?$/)),
  depends_on: z
    .union([z.array(z.string()), z.record(z.string(), z.object({ condition: z.string() }))])
    .optional(),
  stop_grace_period: z.string().optional(),
  ulimits: z.strictObject({ nofile: z.number() }).optional(),
  restart: z.enum(['unless-stopped', 'no']),
});
const composeFile = z.strictObject({
  name: z.string(),
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.null()),
});

const COMPOSE = composeFile.parse(parse(textOf('compose.yaml')));
const { gateway, prometheus, grafana } = COMPOSE.services;

/** Source and target of a service's volumes. */
function mounts({ volumes }: z.infer<typeof service>): [string, string][] {
  return volumes.map((volume) => volume.split(':').slice(0, 2) as [string, string]);
}

test('compose.yaml has a service for each, on this machine alone and on ports of their own', () => {
  expect(Object.keys(COMPOSE.services)).toEqual(['gateway', 'scrape-token', 'prometheus', 'grafana']);
  const ports = Object.values(COMPOSE.services).flatMap((one) =>
    (one.ports ?? []).map((port) => port.split(':')[1]),
  );
  expect(ports).toEqual(['8080', '9090', '3000']);
  expect(gateway.ports?.[0]).toContain(`:${gatewayOptions.port.fallback}`);
});

test('what is mounted is there: files in the repository, and volumes that are declared and used', () => {
  const sources = Object.values(COMPOSE.services).flatMap((one) => mounts(one).map(([source]) => source));
  const files = sources.filter((source) => source.startsWith('./'));
  expect(files.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
  const volumes = new Set(sources.filter((source) => !source.startsWith('./')));
  expect([...volumes].sort()).toEqual(Object.keys(COMPOSE.volumes).sort());
});

test('the gateway keeps its data in the volume, knows the name it is asked by, and has time to stop', () => {
  expect(
    mounts(gateway)
      .map(([, target]) => target)
      .join(' '),
  ).toBe('/data /keys');
  expect(textOf('Dockerfile')).toContain('VOLUME /data /keys');
  expect(textOf('Dockerfile')).toContain('HEALTHCHECK');
  expect(gateway.environment).toMatchObject({ AFTERCLICK_HOSTS: 'gateway' });
  expect(gateway.stop_grace_period).toBe('60s');
});

test('Prometheus takes its configuration, which has the alerts and scrapes the gateway with a token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'compose-'));
  const text = textOf('metrics/prometheus.yml');
  const config = parse(text) as {
    scrape_configs: readonly {
      job_name: string;
      authorization: { credentials_file: string };
      static_configs: readonly { targets: readonly string[] }[];
    }[];
  };
  const [{ job_name, authorization, static_configs }] = config.scrape_configs;
  expect([job_name, static_configs]).toEqual(['afterclick', [{ targets: ['gateway:8080'] }]]);
  // promtool wants the files to be there.
  writeFileSync(join(folder, 'scrape.jwt'), 'x');
  const here = text
    .replace(authorization.credentials_file, `${folder}/scrape.jwt`)
    .replace('alerts/', `${ALERTS_FOLDER}/`);
  writeFileSync(join(folder, 'prometheus.yml'), here);
  expect(promtool(['check', 'config', join(folder, 'prometheus.yml')])).toMatch(
    /SUCCESS: 3 rule files found/,
  );
  const inContainer = Object.fromEntries(mounts(prometheus).map(([source, target]) => [target, source]));
  expect(prometheus.command?.[0]).toBe('--config.file=/etc/prometheus/prometheus.yml');
  expect(inContainer['/etc/prometheus/prometheus.yml']).toBe('./metrics/prometheus.yml');
  expect(inContainer['/etc/prometheus/alerts']).toBe('./metrics/alerts');
  expect(inContainer[dirname(authorization.credentials_file)]).toBe('scrape-token');
});

test('compose.operators.yaml lays a port for operators over it, where Prometheus shows a certificate', () => {
  const text = textOf('compose.operators.yaml');
  const over = parse(text) as { services: Record<string, Partial<z.infer<typeof service>>> };
  const { gateway: more, prometheus: scraper } = over.services;
  expect(Object.keys(over.services)).toEqual(['gateway', 'prometheus']);
  const env = { ...gateway.environment, ...more.environment };
  expect(readConfig([], env)).toMatchObject({ operatorPort: 9_443, operatorCa: '/certificates/ca.pem' });
  expect(more.ports).toEqual(['127.0.0.1:9443:9443']);
  expect(scraper.volumes?.[0]).toBe('./metrics/prometheus-operators.yml:/etc/prometheus/prometheus.yml:ro');
  const folder = mkdtempSync(join(tmpdir(), 'operators-'));
  for (const name of ['scrape.jwt', 'ops.pem', 'ops.key', 'ca.pem']) writeFileSync(join(folder, name), 'x');
  const there = textOf('metrics/prometheus-operators.yml')
    .replace('/etc/prometheus/token/', `${folder}/`)
    .replaceAll('/etc/prometheus/certificates/', `${folder}/`)
    .replace('alerts/', `${ALERTS_FOLDER}/`);
  writeFileSync(join(folder, 'prometheus.yml'), there);
  expect(promtool(['check', 'config', '--syntax-only', join(folder, 'prometheus.yml')])).toContain('SUCCESS');
  expect(there).toContain("targets: ['gateway:9443']");
  const [ours, theirs] = ['prometheus', 'prometheus-operators'].map(
    (name) => (parse(textOf(`metrics/${name}.yml`)) as { rule_files: unknown }).rule_files,
  );
  expect(theirs).toEqual(ours);
});

test('the token is made by the command that there is, of the secret that the gateway made', () => {
  const maker = COMPOSE.services['scrape-token'];
  expect(mounts(maker)).toEqual([
    ['gateway-keys', '/keys'],
    ['scrape-token', '/token'],
  ]);
  expect(maker.command?.[2]).toMatch(
    /^node dist\/gateway\/admin\.js token make --scope operate --minutes \d+ > \/token\/scrape\.jwt$/,
  );
  expect(textOf('Dockerfile')).toContain('AFTERCLICK_TOKEN_SECRET_FILE=/keys/token.secret');
});

test('Grafana finds the source and the dashboards', () => {
  const sources = parse(textOf('metrics/grafana/datasources.yml')) as {
    datasources: readonly { url: string }[];
  };
  expect(sources.datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
  const { providers } = parse(textOf('metrics/grafana/providers.yml')) as {
    providers: readonly { options: { path: string } }[];
  };
  const inContainer = Object.fromEntries(mounts(grafana).map(([source, target]) => [target, source]));
  expect(inContainer[providers[0].options.path]).toBe('./metrics/dashboards');
  const home = grafana.environment?.['GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH'] ?? '';
  expect(existsSync(join(ROOT, home.replace(providers[0].options.path, 'metrics/dashboards')))).toBe(true);
});
