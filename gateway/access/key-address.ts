import { createRemoteJWKSet, customFetch, type FetchImplementation } from 'jose';
import { KEY_TEXT_BYTES_MAX, keySetProblem, type KeyFinder } from './token-keys.js';

/** How long keys are gone by; an unknown key is asked for sooner, but not before the pause is over. */
const KEPT_MS = 10 * 60_000;
const PAUSE_MS = 10_000;
/** A key server that takes longer has not answered. */
const ANSWER_MAX_MS = 5_000;

/**
 * Public keys at an address (JWKS). Cached; an unknown `kid` has them fetched again, one fetch at a time and not twice within the
 * pause, so that made-up tokens do not make the gateway a load on the key server. An answer has `KEY_TEXT_BYTES_MAX` bytes at most.
 */
export function keysAt(url: string, pauseMs = PAUSE_MS): KeyFinder {
  return createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: pauseMs,
    timeoutDuration: ANSWER_MAX_MS,
    [customFetch]: fetchBounded,
  });
}

const fetchBounded: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  const text = await boundedText(response);
  if (response.ok) {
    const problem = keySetProblem(JSON.parse(text));
    if (problem !== undefined) throw new Error(`${url} ${problem}`);
  }
  return new Response(text, { status: response.status });
};

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > KEY_TEXT_BYTES_MAX)
      throw new Error(`the key server sends more than ${KEY_TEXT_BYTES_MAX} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
