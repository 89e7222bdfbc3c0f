import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const CALLS = 16;
const CANDIDATES = 1_000;
const BLOCKED = 1_000;

/** As much as one request may ask for: sixteen lists of a thousand candidates with values, as calls of a batch or places of a bid request. */
async function askForAll(scene: Scene, number: number): Promise<void> {
  const candidates = Array.from({ length: CANDIDATES }, (_, i) => ({ id: scene.item(), value: i + 1 }));
  const user = `hostile-${scene.tag}-${number % 8}`;
  const isBid = number % 2 === 1;
  const body = isBid ? bidRequest(scene, user, candidates) : batch(user, candidates);
  await scene.call('POST', isBid ? '/v1/openrtb/rank' : '/v1/batch', JSON.stringify(body));
}

function batch(user: string, candidates: readonly object[]): object {
  const call = { t: 'rank', k: 100, explain: true, candidates };
  return { user, distinct: true, calls: Array.from({ length: CALLS }, (_, id) => ({ ...call, id })) };
}

function bidRequest(scene: Scene, id: string, candidates: readonly object[]): object {
  const names = (): string[] => Array.from({ length: BLOCKED }, () => `none-${scene.random(1_000_000)}`);
  const imp = Array.from({ length: CALLS }, (_, i) => ({ id: `${i}`, ext: { k: 100, candidates } }));
  return { id, imp, bcat: names(), badv: names(), user: { id }, ext: { distinct: true } };
}

export const wholeBatches: Attack = {
  name: 'whole-batches',
  what: 'batches and bid requests with sixteen times a thousand candidates, 16 at a time',
  weight: 1,
  run: (scene) => scene.repeat(16, (number, scene) => askForAll(scene, number)),
};

/** A question of an assistant: it lists the tools, or uses one, or sixteen at once. */
async function question(scene: Scene, number: number): Promise<void> {
  const use = { name: 'graph', arguments: { user: `hostile-${scene.tag}` } };
  const one = { jsonrpc: '2.0', id: number, method: 'tools/list' };
  const other = { ...one, method: 'tools/call', params: use };
  const messages = [one, other, Array.from({ length: 16 }, (_, id) => ({ ...other, id }))];
  await scene.call('POST', '/v1/mcp', JSON.stringify(messages[number % messages.length]));
}

export const questions: Attack = {
  name: 'questions',
  what: 'messages to /v1/mcp, one or sixteen in a request, 16 requests at a time',
  weight: 0.7,
  run: (scene) => scene.repeat(16, (number, scene) => question(scene, number)),
};

const SEGMENTS = 8;

/** A segment whose rule is turned round again and again: all named users come and go. */
async function flip(scene: Scene, number: number): Promise<void> {
  const path = `/v1/segments/hostile-${number % SEGMENTS}`;
  const few = { interest: { item: scene.item(), share: { gte: 0.5 } } };
  const rule = scene.random(2) === 0 ? few : { not: few };
  await scene.call('PUT', path, JSON.stringify({ rule }));
  if (number % 40 >= 40 - SEGMENTS) await scene.call('DELETE', path);
  await scene.pause(50);
}

export const segmentFlips: Attack = {
  name: 'segment-flips',
  what: 'segments whose rules are turned round, and that are removed and put again',
  weight: 0.7,
  run: async (scene) => {
    await scene.repeat(SEGMENTS, (number, scene) => flip(scene, number));
  },
};
