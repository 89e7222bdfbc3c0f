import { patientlyUntil, rest } from '../../support/patience.js';
import { NODES, type ClusterWorld } from './cluster-world.js';

/** How long items are changed before a gateway is killed, and after. */
const CHANGING_MS = 1_500;
/** How long a gateway has to carry out what others have. */
const LEVEL_MS = 60_000;
const PAGE = 200;
/** Items that each change puts; every third change takes one of them out again. */
const ITEMS = 3;

let changes = 0;

/**
 * Changes items at all gateways at once, and kills one of them in the middle. Rejects when an item is lost that a gateway has said it
 * took, and when gateways have different items, or the same in another order: indices count up with it.
 */
export async function changeItems({ nodes }: ClusterWorld, random: (limit: number) => number): Promise<void> {
  const expected = new Map<string, string>();
  const over = new AbortController();
  const changing = NODES.map(async (node) => {
    while (!over.signal.aborted) {
      // One that is killed answers nothing: what was under way there may be done or not.
      await changeOnce(nodes.urls[node], expected).catch(() => rest(20));
    }
  });
  await rest(CHANGING_MS);
  const killed = random(NODES.length);
  await nodes.kill(killed);
  await rest(CHANGING_MS);
  await nodes.start(killed);
  over.abort();
  await Promise.all(changing);
  await checkItems(
    nodes.running.map((node) => nodes.urls[node]),
    expected,
  );
}

/** Puts items, and changes or removes one of them; `expected` gets what was answered, by id. */
async function changeOnce(url: string, expected: Map<string, string>): Promise<void> {
  const change = ++changes;
  const ids = Array.from({ length: ITEMS }, (_, i) => `changed-${change}-${i}`);
  const lines = ids.map((id) => JSON.stringify({ id, title: 'PUT', attributes: { made: `by-${change}` } }));
  await send(url, 'PUT', '/v1/items', lines.join('\n'));
  for (const id of ids) expected.set(id, 'PUT');
  const [first] = ids;
  expected.delete(first);
  if (change % 3 === 0) return send(url, 'DELETE', `/v1/items/${first}`, '');
  await send(url, 'PATCH', `/v1/items/${first}`, JSON.stringify({ title: 'PATCHED' }));
  expected.set(first, 'PATCHED');
}

async function send(url: string, method: string, path: string, body: string): Promise<void> {
  const type = method === 'PUT' ? 'application/x-ndjson' : 'application/json';
  const reply = await fetch(`${url}${path}`, { method, headers: { 'content-type': type }, body });
  if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
}

async function checkItems(urls: readonly string[], expected: ReadonlyMap<string, string>): Promise<void> {
  if (expected.size === 0) throw new Error('no item could be changed');
  let all: (readonly ToldItem[])[] = [];
  const areSame = async (): Promise<boolean> => {
    all = await Promise.all(urls.map(itemsOf));
    return all.every((items) => JSON.stringify(items) === JSON.stringify(all[0]));
  };
  if (!(await patientlyUntil(areSame, { everyMs: 100, ms: LEVEL_MS })))
    throw new Error(`gateways have different items: ${all.map((items) => items.length).join(', ')}`);
  const titles = new Map(all[0].map(({ id, title }) => [id, title]));
  const lost = [...expected].filter(([id, title]) => titles.get(id) !== title);
  if (lost.length > 0)
    throw new Error(`${lost.length} changes of items are lost: ${String(lost.slice(0, 5))}`);
}

interface ToldItem {
  readonly id: string;
  readonly title?: string;
}

/** All items of a gateway, by index. */
async function itemsOf(url: string): Promise<readonly ToldItem[]> {
  const items: ToldItem[] = [];
  for (;;) {
    const after = items.length === 0 ? '' : `&after=${encodeURIComponent(items.at(-1)?.id ?? '')}`;
    const reply = await fetch(`${url}/v1/items?limit=${PAGE}${after}`);
    const page = ((await reply.json()) as { items: ToldItem[] }).items;
    items.push(...page);
    if (page.length < PAGE) return items;
  }
}
