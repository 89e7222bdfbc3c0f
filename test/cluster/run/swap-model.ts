import { patientlyUntil, rest } from '../../support/patience.js';
import { BUNDLES, NODES, type ClusterWorld } from './cluster-world.js';

/** A swap of tiny bundles is over in less. */
const MIDDLE_MS = 800;
const SAME_MS = 120_000;

/**
 * Asks a gateway for another model, and loses a machine in the middle of that, which may be the one that was asked. It is back, and all gateways serve with
 * one model, when this is over; which one depends on the moment.
 */
export async function swapModel(world: ClusterWorld, random: (limit: number) => number): Promise<void> {
  const [asked, lost] = [random(NODES.length), random(NODES.length)];
  const serving = await modelOf(world, asked);
  const bundle = BUNDLES.find((name) => !serving.startsWith(`${name}@`)) ?? BUNDLES[0];
  const answered = fetch(`${world.nodes.urls[asked]}/v1/model`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bundle, force: true }),
  }).catch(() => undefined);
  await rest(random(MIDDLE_MS));
  await world.killMachine(lost);
  await answered;
  await world.startMachine(lost);
  const haveOne = async (): Promise<boolean> =>
    new Set(await Promise.all(NODES.map((node) => modelOf(world, node)))).size === 1;
  if (!(await patientlyUntil(haveOne, { everyMs: 100, ms: SAME_MS })))
    throw new Error('gateways serve with two models two minutes after a swap');
}

async function modelOf({ nodes }: ClusterWorld, node: number): Promise<string> {
  const reply = await fetch(`${nodes.urls[node]}/v1/model`);
  return ((await reply.json()) as { readonly model: string }).model;
}
