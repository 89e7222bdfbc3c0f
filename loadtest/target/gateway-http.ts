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
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${body}\n`,
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`PUT /v1/items answered ${response.status}: ${answer.slice(0, 500)}`);
  }
}

interface Manifest {
  readonly training?: { readonly until?: number | null };
}
/** `GET /v1/model`: the bundle's manifest, by itself or as `bundle`. */
type ModelAnswer = Manifest & { readonly bundle?: Manifest };

/** Epoch ms of the last event that the serving model was trained on; undefined when there is no model or it does not say. */
export async function trainingCutMs(baseUrl: string): Promise<number | undefined> {
  const response = await fetch(new URL('/v1/model', baseUrl));
  if (!response.ok) return undefined;
  const answer = (await response.json()) as ModelAnswer;
  return (answer.bundle ?? answer).training?.until ?? undefined;
}
