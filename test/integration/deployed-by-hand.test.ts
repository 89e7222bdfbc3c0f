import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { AfterclickClient } from '../../gateway/client/index.js';
import { MachineNetwork } from '../cluster/run/machine-network.js';
import type { Machine } from '../support/cluster/machine.js';
import {
  composeCommand,
  composeContainer,
  composeServices,
  IMAGE_USER,
  volumeFolder,
} from '../support/deploy/compose-file.js';
import { HandContainer, type Mount } from '../support/deploy/hand-container.js';
import { imageContents } from '../support/deploy/image-contents.js';
import { podEnvironment, podOf, renderChart, type RenderedChart } from '../support/deploy/rendered-chart.js';
import { temporaryFolder } from '../support/gateway/built-gateway.js';
import { patientlyUntil } from '../support/patience.js';

const TIMEOUT_MS = 600_000;
const READY_MS = 240_000;
const PORT = 8080;
const LETTERS = ['a', 'b', 'c'];
/** Reading the demo's titles in six processes would take minutes. */
const BESIDES = { AFTERCLICK_ENCODER: 'none' };

const services = composeServices('compose.cluster.yaml');
const folder = temporaryFolder();
let network: MachineNetwork;
const servers: HandContainer[] = [];

/** The machine of a service: those of NATS first. */
function machineOf(name: string): Machine {
  return network.machines[Object.keys(services).indexOf(name)];
}

function start(name: string): HandContainer {
  const hosts = Object.fromEntries(Object.keys(services).map((one) => [one, machineOf(one).host]));
  const service = services[name];
  const environment = { ...service.environment, ...BESIDES };
  const container = composeContainer(name, { ...service, environment }, machineOf(name), { folder, hosts });
  container.start(composeCommand(service));
  return container;
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** Waits until each of them says that it is, and fails with what the first one wrote when one does not. */
async function areReady(containers: readonly HandContainer[], urls: readonly string[]): Promise<void> {
  const isReady = async () => (await Promise.all(urls.map(answers))).every(Boolean);
  const isDone = await patientlyUntil(isReady, { everyMs: 200, ms: READY_MS });
  expect(isDone, containers.map(({ log }) => log).join('\n')).toBe(true);
}

beforeAll(async () => {
  network = MachineNetwork.make(Object.keys(services).length);
  const names = LETTERS.map((letter) => `nats-${letter}`);
  servers.push(...names.map(start));
  await areReady(
    servers,
    names.map((name) => `http://${machineOf(name).host}:8222/healthz`),
  );
}, TIMEOUT_MS);
afterAll(async () => {
  await endAll(servers);
  network?.end();
});

async function endAll(containers: readonly HandContainer[]): Promise<void> {
  await Promise.all(containers.map((container) => container.stop('SIGKILL')));
}

/** A shopper without a name clicks, and gets a list that knows it, and an acknowledgement. */
async function shops(url: string): Promise<void> {
  const client = new AfterclickClient({ url, WebSocket, slots: [{ slot: 'home', k: 5 }] });
  onTestFinished(() => client.close());
  client.track('view_item', { item: '22423' });
  await client.whenAcked();
  expect(await patientlyUntil(() => client.list('home')?.cause === 1, { everyMs: 20, ms: 30_000 })).toBe(
    true,
  );
  client.close();
}

interface Status {
  readonly nodes: readonly {
    readonly node: string;
    readonly isHeard: boolean;
    readonly owns: readonly number[];
  }[];
  readonly unowned: readonly number[];
}

/** Waits until each of the nodes, and nobody else, has a third of the partitions. */
async function haveShares(asked: HandContainer, names: readonly string[]): Promise<void> {
  let status: Status | undefined;
  const isDone = async (): Promise<boolean> => {
    status = await statusBy(asked);
    return (
      status.unowned.length === 0 && status.nodes.every(({ isHeard, owns }) => isHeard && owns.length === 4)
    );
  };
  expect(await patientlyUntil(isDone, { everyMs: 500, ms: READY_MS }), JSON.stringify(status)).toBe(true);
  expect(status!.nodes.map(({ node }) => node)).toEqual(names);
}

async function statusBy(container: HandContainer): Promise<Status> {
  const said = await container.exec(['node', 'dist/gateway/admin.js', 'cluster', 'status', '--json']);
  return JSON.parse(said) as Status;
}

test(
  'three and three of compose.cluster.yaml become ready, serve, and take each other’s tokens',
  { timeout: TIMEOUT_MS },
  async () => {
    const names = LETTERS.map((letter) => `gateway-${letter}`);
    const urls = names.map((name) => `http://${machineOf(name).host}:${PORT}`);
    const gateways = names.map(start);
    onTestFinished(() => endAll(gateways));
    await areReady(
      gateways,
      urls.map((url) => `${url}/readyz`),
    );
    for (const url of urls) await shops(url);
    const token = await gateways[1].exec([
      'node',
      'dist/gateway/admin.js',
      'token',
      'make',
      '--scope',
      'operate',
      '--minutes',
      '5',
    ]);
    const metrics = await fetch(`${urls[2]}/metrics`, {
      headers: { authorization: `Bearer ${token.trim()}` },
    });
    expect(await metrics.text()).toContain('afterclick_cluster_partitions_owned');
    await haveShares(gateways[0], LETTERS);
    expect(await Promise.all(gateways.map((gateway) => gateway.stop()))).toEqual([0, 0, 0]);
  },
);

const SECRET = '0123456789abcdef0123456789abcdef';

/** What the chart makes of the NATS servers that run here. */
function chart(): RenderedChart {
  const [servers, monitors] = [
    LETTERS.map((letter) => `nats://nats-${letter}:4222`),
    LETTERS.map((letter) => `http://nats-${letter}:8222`),
  ];
  return renderChart(
    '--set=cluster.enabled=true,cluster.name=SHOP,cluster.streamBytes=67108864',
    `--set=cluster.nats.servers={${servers.join(',')}}`,
    `--set=cluster.nats.monitors={${monitors.join(',')}}`,
    `--set=token.secret=${SECRET}`,
  );
}

/** A pod of the chart's in the network of a gateway, as its node would start it. */
function podContainer(objects: RenderedChart, ordinal: number): HandContainer {
  const { gateway, spec } = podOf(objects);
  const { user, isRootReadOnly } = {
    user: spec.securityContext!.runAsUser!,
    isRootReadOnly: gateway.securityContext!.readOnlyRootFilesystem!,
  };
  const machine = machineOf(`gateway-${LETTERS[ordinal]}`);
  const { env, files, workdir } = imageContents();
  const name = `shop-afterclick-${ordinal}`;
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  const mounts = gateway.volumeMounts!.map(({ name: volume, mountPath, readOnly }): Mount => {
    const from = volumeFolder(join(place, volume), IMAGE_USER);
    return { from, path: mountPath, isReadOnly: readOnly ?? false };
  });
  writeSecret(join(place, 'token', 'token.secret'), objects);
  return new HandContainer({
    machine,
    scratch: volumeFolder(join(place, 'container'), 0),
    hosts: Object.fromEntries(LETTERS.map((letter) => [`nats-${letter}`, machineOf(`nats-${letter}`).host])),
    user,
    env: { ...env, ...podEnvironment(objects, { name, address: machine.host }), ...BESIDES },
    workdir,
    mounts: [...files, ...mounts],
    isRootReadOnly,
  });
}

/** As a volume of a Secret has it: of root, and of the group of the pod. */
function writeSecret(path: string, { Secret: [{ data }] }: RenderedChart): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, Buffer.from(data!['token.secret'], 'base64'));
  chownSync(path, 0, IMAGE_USER);
  chmodSync(path, 0o440);
}

test(
  'pods of the chart become ready and serve; one that is drained by its preStop and stopped leaves its partitions to others',
  { timeout: TIMEOUT_MS },
  async () => {
    const objects = chart();
    const { gateway, spec } = podOf(objects);
    const pods = LETTERS.map((_, ordinal) => podContainer(objects, ordinal));
    const urls = LETTERS.map((letter) => `http://${machineOf(`gateway-${letter}`).host}:${PORT}`);
    const run = (pod: HandContainer): void => pod.start(imageContents().command);
    onTestFinished(() => endAll(pods));
    pods.forEach(run);
    const { path } = gateway.readinessProbe!.httpGet!;
    await areReady(
      pods,
      urls.map((url) => `${url}${path}`),
    );
    for (const url of urls) await shops(url);
    const names = LETTERS.map((_, ordinal) => `shop-afterclick-${ordinal}`);
    await haveShares(pods[1], names);
    const fromMs = performance.now();
    await pods[0].exec(gateway.lifecycle!.preStop!.exec!.command!);
    const drained = await statusBy(pods[1]);
    expect([drained.nodes[0].owns, drained.unowned]).toEqual([[], []]);
    await shops(urls[1]);
    expect(await pods[0].stop()).toBe(0);
    expect(performance.now() - fromMs).toBeLessThan(1_000 * spec.terminationGracePeriodSeconds!);
    run(pods[0]);
    await areReady(pods, [`${urls[0]}${path}`]);
    await haveShares(pods[1], names);
  },
);
