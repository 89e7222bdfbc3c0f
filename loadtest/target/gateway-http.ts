import { askAsOperator } from './operator-asker.js';
import { refusedCall } from './refused-call.js';
import { tokenHeaders } from './shown-token.js';

/** Resolves when an HTTP server answers at `baseUrl`. Rejects with what to start when none does. */
export async function assertReachable(baseUrl: string): Promise<void> {
  try {
    await (await fetch(new URL('/healthz', baseUrl))).arrayBuffer();
  } catch (error) {
    throw new Error(
      `no gateway answers at ${baseUrl}; run npm start in another terminal, or name another one with --url`,
      { cause: error },
    );
  }
}

/** Lines of one request: about 200 kB. */
const LINES_MAX = 1_000;

/** Puts the items into the gateway's catalogue, 1,000 lines a request. Rejects with the gateway's words when it refuses. */
export async function uploadItems(baseUrl: string, items: readonly object[]): Promise<void> {
  for (let from = 0; from < items.length; from += LINES_MAX) {
    const body = items
      .slice(from, from + LINES_MAX)
      .map((item) => JSON.stringify(item))
      .join('\n');
    const response = await fetch(new URL('/v1/items', baseUrl), {
      method: 'PUT',
      headers: { 'content-type': 'application/x-ndjson', ...tokenHeaders() },
      body: `${body}\n`,
    });
    const answer = await response.text();
    if (!response.ok) throw refusedCall(`PUT ${response.url}`, response.status, answer);
  }
}

interface Manifest {
  readonly training?: { readonly until?: number | null };
}
/** `GET /v1/model`: the bundle's manifest, by itself or as `bundle`. */
type ModelAnswer = Manifest & { readonly bundle?: Manifest };

/** Epoch ms of the last event that the serving model was trained on; undefined when there is no model or it does not say. */
export async function trainingCutMs(baseUrl: string): Promise<number | undefined> {
  const { status, text } = await askAsOperator(baseUrl, '/v1/model');
  if (status !== 200) return undefined;
  const answer = JSON.parse(text) as ModelAnswer;
  return (answer.bundle ?? answer).training?.until ?? undefined;
}

/** Items of one page of `GET /v1/items`. */
const PAGE_ITEMS = 200;

/** Ids of the catalogue, in its order, `max` at most. Rejects when the gateway refuses to tell. */
export async function catalogueIds(baseUrl: string, max: number): Promise<readonly string[]> {
  const ids: string[] = [];
  for (;;) {
    const limit = Math.min(PAGE_ITEMS, max - ids.length);
    if (limit === 0) return ids;
    const url = new URL(`/v1/items?limit=${limit}&offset=${ids.length}`, baseUrl);
    const response = await fetch(url, { headers: tokenHeaders() });
    if (!response.ok) throw refusedCall(`GET ${response.url}`, response.status, await response.text());
    const page = ((await response.json()) as { items: readonly { id: string }[] }).items;
    for (const { id } of page) ids.push(id);
    if (page.length < limit) return ids;
  }
}

/** Ids of one question: an address may have 4 kB. */
const ASKED_MAX = 40;

/** Those of the ids that the catalogue has. Rejects when the gateway refuses to tell. */
export async function knownIds(baseUrl: string, ids: Iterable<string>): Promise<ReadonlySet<string>> {
  const asked = [...ids];
  const known = new Set<string>();
  for (let from = 0; from < asked.length; from += ASKED_MAX) {
    const query = asked.slice(from, from + ASKED_MAX).map((id) => `id=${encodeURIComponent(id)}`);
    const response = await fetch(new URL(`/v1/items?${query.join('&')}`, baseUrl), {
      headers: tokenHeaders(),
    });
    if (!response.ok) throw refusedCall(`GET ${response.url}`, response.status, await response.text());
    for (const { id } of ((await response.json()) as { items: readonly { id: string }[] }).items)
      known.add(id);
  }
  return known;
}

/** Items in the catalogue; 0 where the gateway does not tell. */
export async function catalogueSize(baseUrl: string): Promise<number> {
  const response = await fetch(new URL('/v1/items?limit=1', baseUrl), { headers: tokenHeaders() });
  return response.ok ? (((await response.json()) as { total?: number }).total ?? 0) : 0;
}
