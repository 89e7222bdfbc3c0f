import { patiently } from '../patience.js';

/** An HTTP answer of the gateway: status and JSON, `{}` when there is none. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

const WAIT_MS = 15_000;

/** One call as an integrator makes it. Rejects when nothing comes, or what comes is no JSON. */
export async function callJson(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<JsonAnswer> {
  const sent = body !== undefined && {
    body: JSON.stringify(body),
    headers: { 'content-type': typeOf(method) },
  };
  return patiently(WAIT_MS, path, async (signal) => {
    const response = await fetch(url + path, { method, signal, ...sent });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  });
}

function typeOf(method: string): string {
  return method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
}
