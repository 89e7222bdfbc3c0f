import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { Secret, Service } from 'kubernetes-models/v1';
import { beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { engineSettings } from '../../cluster/node/node-settings.js';
import { readConfig } from '../../gateway/start/config.js';
import { ROOT } from '../support/markdown.js';

const BUILD_MS = 900_000;
/** A helm that is built from its module takes no version for granted. */
const KUBERNETES = '1.31.0';
const CHART = join(ROOT, 'deploy/helm/afterclick');
/** What the schemas of the API know, by the kind of an object. */
const KINDS = { StatefulSet, Service, Secret, PodDisruptionBudget, NetworkPolicy, Ingress };
const CLUSTER = [
  '--set=cluster.enabled=true',
  '--set=cluster.nats.servers={nats://nats-0:4222,nats://nats-1:4222}',
  '--set=cluster.nats.monitors={http://nats-0:8222,http://nats-1:8222}',
];

let helm: string;
beforeAll(() => {
  helm = execFileSync(join(ROOT, 'test/support/deploy/build-helm.sh'), { encoding: 'utf8' }).trim();
}, BUILD_MS);

type Kind = keyof typeof KINDS;
type Rendered = { [K in Kind]: InstanceType<(typeof KINDS)[K]>[] };

/** Objects that helm renders, each checked against the schema of its kind. */
function rendered(...values: readonly string[]): Rendered {
  const text = execFileSync(helm, ['template', 'shop', CHART, '--kube-version', KUBERNETES, ...values], {
    encoding: 'utf8',
  });
  const found: Record<string, object[]> = {};
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS() as { kind: Kind } | null;
    if (object === null) continue;
    const model = new KINDS[object.kind](object as never);
    model.validate();
    (found[object.kind] ??= []).push(model);
  }
  return found as unknown as Rendered;
}

function pod(objects: Rendered) {
  const { spec } = objects.StatefulSet[0].spec!.template;
  return { spec: spec!, gateway: spec!.containers[0] };
}

/** The gateway's options as a pod would have them. */
function environment(objects: Rendered): Record<string, string> {
  const env = pod(objects).gateway.env ?? [];
  return Object.fromEntries(
    env.map(({ name, value }) => [
      name,
      (value ?? '').replaceAll('$(POD_NAME)', 'shop-afterclick-0').replaceAll('$(POD_IP)', '10.1.2.3'),
    ]),
  );
}

describe('one node', () => {
  test('has a volume, a secret, probes, and nothing of a cluster', () => {
    const objects = rendered();
    expect(Object.keys(objects).sort()).toEqual(['Secret', 'Service', 'StatefulSet']);
    const [{ spec }] = objects.StatefulSet;
    expect(spec).toMatchObject({ replicas: 1, volumeClaimTemplates: [{ metadata: { name: 'data' } }, {}] });
    const { gateway, spec: podSpec } = pod(objects);
    expect(gateway).toMatchObject({
      readinessProbe: { httpGet: { path: '/readyz' } },
      livenessProbe: { httpGet: { path: '/healthz' } },
    });
    expect([gateway.lifecycle, podSpec.affinity]).toEqual([undefined, undefined]);
    expect(Object.keys(environment(objects))).toEqual(['AFTERCLICK_TOKEN_SECRET_FILE']);
  });

  test('takes options, hosts and origins as the gateway does', () => {
    const env = environment(
      rendered(
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

describe('a cluster', () => {
  test('has three nodes apart from each other, of which one goes at a time, drained first', () => {
    const objects = rendered(...CLUSTER);
    expect(objects.StatefulSet[0].spec).toMatchObject({ replicas: 3, podManagementPolicy: 'Parallel' });
    expect(objects.PodDisruptionBudget[0].spec).toMatchObject({ maxUnavailable: 1 });
    const { gateway, spec } = pod(objects);
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
      environment(rendered(...CLUSTER, '--set=cluster.url=https://$(POD_NAME).shop.test')),
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
    expect(() => rendered('--set=cluster.enabled=true')).toThrow(/servers/);
  });

  test('with everything that the values have is what the API takes', () => {
    const objects = rendered(
      ...CLUSTER,
      '--set=ingress.enabled=true,ingress.host=shop.test,ingress.tlsSecret=tls,ingress.className=nginx',
      '--set=cluster.nats.credentialsSecret=nats,antiAffinity=preferred,persistence.storageClass=fast',
      '--set=token.secret=0123456789abcdef0123456789abcdef',
    );
    expect(objects.Ingress[0].spec!.rules).toMatchObject([{ host: 'shop.test' }]);
    expect(environment(objects)).toMatchObject({ AFTERCLICK_CLUSTER_CREDS: '/nats/nats.creds' });
    expect(pod(objects).spec.affinity!.podAntiAffinity).toMatchObject({
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }],
    });
    expect(objects.Secret[0].data).toEqual({
      'token.secret': Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
    });
  });

  test('passes the linter of charts', () => {
    const said = execFileSync(helm, ['lint', '--strict', CHART, '--kube-version', KUBERNETES, ...CLUSTER], {
      encoding: 'utf8',
    });
    expect(said).toContain('0 chart(s) failed');
  });
});
