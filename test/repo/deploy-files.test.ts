import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { engineSettings } from '../../cluster/node/node-settings.js';
import { readConfig } from '../../gateway/start/config.js';
import { ROOT } from '../support/markdown.js';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      { readonly image: string; readonly environment: Record<string, string>; readonly ports?: string[] }
    >
  >;
}

const compose = parse(read('compose.cluster.yaml'), { merge: true }) as Compose;
const named = (prefix: string) =>
  Object.entries(compose.services).filter(([name]) => name.startsWith(prefix));

test('compose.cluster.yaml starts three gateways as nodes of one cluster, on three NATS servers', () => {
  const gateways = named('gateway-');
  expect([gateways.length, named('nats-').length]).toEqual([3, 3]);
  const servers = named('nats-').map(([name]) => name);
  for (const [name, { environment, ports }] of gateways) {
    const config = readConfig([], environment);
    expect(engineSettings(config)).toMatchObject({
      servers: servers.map((server) => `nats://${server}:4222`),
      sync: { kind: 'monitors', addresses: servers.map((server) => `http://${server}:8222`) },
    });
    expect(config.clusterAddress).toBe(`${name}:7070`);
    expect(ports).toEqual([`${config.clusterUrl.replace('http://', '')}:8080`]);
  }
  expect(new Set(gateways.map(([, { environment }]) => readConfig([], environment).clusterNode)).size).toBe(
    3,
  );
});

test('its NATS servers are of the version that tests run, sync, and are named as their configuration says', () => {
  const version = / nats-server (\S+) /.exec(read('test/support/cluster/build-nats-server.sh'))?.[1];
  const names = named('nats-').map(([name, { image, environment }]) => {
    expect(image).toContain(`:${version}-`);
    return `nats-${environment['NODE']}` === name;
  });
  expect(names).toEqual([true, true, true]);
  const configuration = read('deploy/nats/cluster.conf');
  expect(configuration).toContain('sync_interval: always');
  for (const [name] of named('nats-')) expect(configuration).toContain(`nats-route://${name}:6222`);
});

test('the chart is of the version of the program', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(parse(read('deploy/helm/afterclick/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});
