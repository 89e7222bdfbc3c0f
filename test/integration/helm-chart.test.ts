import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineSettings } from '../../cluster/node/node-settings.js';
import { readConfig } from '../../gateway/start/config.js';
import {
  CHART,
  helm,
  KUBERNETES,
  podEnvironment,
  podOf,
  renderChart,
  type RenderedChart,
} from '../support/deploy/rendered-chart.js';

const BUILD_MS = 900_000;
const CLUSTER = [
  '--set=cluster.enabled=true',
  '--set=cluster.nats.servers={nats://nats-0:4222,nats://nats-1:4222}',
  '--set=cluster.nats.monitors={http://nats-0:8222,http://nats-1:8222}',
];

beforeAll(() => void helm(), BUILD_MS);

function environment(objects: RenderedChart): Record<string, string> {
  return podEnvironment(objects, { name: 'shop-afterclick-0', address: '10.1.2.3' });
}

describe('one node', () => {
  test('has a volume, a secret, probes, and nothing of a cluster', () => {
    const objects = renderChart();
    expect(Object.keys(objects).sort()).toEqual(['Secret', 'Service', 'StatefulSet']);
    const [{ spec }] = objects.StatefulSet;
    expect(spec).toMatchObject({ replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'data' } }, {}] });
    const { gateway, spec: podSpec } = podOf(objects);
    expect(gateway).toMatchObject({
      readinessProbe: { httpGet: { path: '/readyz' } },
      livenessProbe: { httpGet: { path: '/healthz' } },
    });
    expect([gateway.lifecycle, podSpec.affinity]).toEqual([undefined, undefined]);
    expect(Object.keys(environment(objects))).toEqual(['AFTERCLICK_TOKEN_SECRET_FILE']);
  });

  test('takes options, hosts and origins as the gateway does', () => {
    const env = environment(
      renderChart(
        '--set=hosts={a.test,b.test}',
        '--set=origins={https://shop.test}',
        '--set=options.AFTERCLICK_SHARDS=3',
      ),
    );
    expect(readConfig([], env)).toMatchObject({
      hosts: 'a.test,b.test',
      origins: 'https://shop.test',
      shards: 3,
    });
  });
});

describe('a port for operators', () => {
  const OPERATORS = ['--set=operators.enabled=true', '--set=operators.tlsSecret=gateway-tls'];

  test('has its certificate and authorities from Secrets, and probes and scrapes go on over TLS', () => {
    const objects = renderChart(...OPERATORS, '--set=operators.caSecret=operators-ca');
    expect(readConfig([], environment(objects))).toMatchObject({
      operatorPort: 9_443,
      operatorCa: '/operators/ca.crt',
      tlsCert: '/tls/tls.crt',
      tlsKey: '/tls/tls.key',
    });
    const { gateway, spec } = podOf(objects);
    for (const probe of [gateway.startupProbe, gateway.livenessProbe, gateway.readinessProbe])
      expect(probe!.httpGet).toMatchObject({ port: 'http', scheme: 'HTTPS' });
    expect(gateway.ports).toContainEqual({ name: 'operators', containerPort: 9_443 });
    expect(spec.volumes).toMatchObject([
      {},
      {},
      { secret: { secretName: 'gateway-tls' } },
      { secret: { secretName: 'operators-ca', items: [{ key: 'ca.crt' }] } },
    ]);
    expect(objects.StatefulSet[0].spec!.template.metadata!.annotations).toMatchObject({
      'prometheus.io/port': '9443',
      'prometheus.io/scheme': 'https',
    });
    const [shoppers, pods] = objects.Service.map((service) => service.spec!.ports!.map(({ name }) => name));
    expect([shoppers, pods]).toEqual([['http'], ['http', 'operators']]);
  });

  test('is reached in a cluster, where others reach no more than they have to', () => {
    const objects = renderChart(...CLUSTER, ...OPERATORS);
    expect(objects.NetworkPolicy[0].spec!.ingress).toMatchObject([
      { ports: [{ port: 'http' }] },
      { ports: [{ port: 'operators' }] },
      { ports: [{ port: 'link' }], from: [{}] },
    ]);
  });

  test('without a certificate is refused', () => {
    expect(() => renderChart('--set=operators.enabled=true')).toThrow(/tlsSecret/);
  });
});

describe('a cluster', () => {
  test('has three nodes apart from each other, of which one goes at a time, drained first', () => {
    const objects = renderChart(...CLUSTER);
    expect(objects.StatefulSet[0].spec).toMatchObject({ replicas: 3, podManagementPolicy: 'Parallel' });
    expect(objects.PodDisruptionBudget[0].spec).toMatchObject({ maxUnavailable: 1 });
    const { gateway, spec } = podOf(objects);
    expect(spec.affinity!.podAntiAffinity!.requiredDuringSchedulingIgnoredDuringExecution).toMatchObject([
      {
        topologyKey: 'kubernetes.io/hostname',
        labelSelector: { matchLabels: objects.StatefulSet[0].spec!.selector.matchLabels },
      },
    ]);
    const command = gateway.lifecycle!.preStop!.exec!.command!;
    expect(command.slice(2)).toEqual(['cluster', 'drain', '--restart', '--seconds', '60']);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60 + 10);
    const [{ spec: policy }] = objects.NetworkPolicy;
    expect(policy!.ingress).toMatchObject([
      { ports: [{ port: 'http' }] },
      { ports: [{ port: 'link' }], from: [{}] },
    ]);
  });

  test('tells each node what a start needs, and no more', () => {
    const config = readConfig(
      [],
      environment(renderChart(...CLUSTER, '--set=cluster.url=https://$(POD_NAME).shop.test')),
    );
    expect(engineSettings(config)).toMatchObject({
      servers: ['nats://nats-0:4222', 'nats://nats-1:4222'],
      name: 'shop-afterclick-0',
      sync: { kind: 'monitors', addresses: ['http://nats-0:8222', 'http://nats-1:8222'] },
    });
    expect(config).toMatchObject({
      clusterAddress: '10.1.2.3:7070',
      clusterUrl: 'https://shop-afterclick-0.shop.test',
      clusterStreamBytes: 1_073_741_824,
    });
  });

  test('without addresses of NATS servers is refused', () => {
    expect(() => renderChart('--set=cluster.enabled=true')).toThrow(/servers/);
  });

  test('with everything that the values have is what the API takes', () => {
    const objects = renderChart(
      ...CLUSTER,
      '--set=ingress.enabled=true,ingress.host=shop.test,ingress.tlsSecret=tls,ingress.className=nginx',
      '--set=cluster.nats.credentialsSecret=nats,antiAffinity=preferred,persistence.storageClass=fast',
      '--set=token.secret=0123456789abcdef0123456789abcdef',
    );
    expect(objects.Ingress[0].spec!.rules).toMatchObject([{ host: 'shop.test' }]);
    expect(environment(objects)).toMatchObject({ AFTERCLICK_CLUSTER_CREDS: '/nats/nats.creds' });
    expect(podOf(objects).spec.affinity!.podAntiAffinity).toMatchObject({
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }],
    });
    expect(objects.Secret[0].data).toEqual({
      'token.secret': Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
    });
  });

  test('passes the linter of charts', () => {
    const said = execFileSync(helm(), ['lint', '--strict', CHART, '--kube-version', KUBERNETES, ...CLUSTER], {
      encoding: 'utf8',
    });
    expect(said).toContain('0 chart(s) failed');
  });
});
