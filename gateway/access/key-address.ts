import { createRemoteJWKSet, customFetch, errors, type FetchImplementation } from 'jose';
import type { Log } from '../../metrics/process/log.js';
import { KEY_TEXT_BYTES_MAX, keySetProblem, type KeyFinder } from './token-keys.js';

/** How long keys are gone by; an unknown key is asked for sooner, but not before the pause is over. */
const KEPT_MS = 10 * 60_000;
const PAUSE_MS = 10_000;
/** A key server that takes longer has not answered. */
const ANSWER_MAX_MS = 5_000;
/** How long keys are gone by while their server does not answer: time to mend it, and a bound for a key that was withdrawn. */
const OUTLIVE_MS = 60 * 60_000;

/**
 * Public keys at an address (JWKS), asked for at once. Cached; an unknown `kid` has them fetched again, one fetch at a time and not
 * twice within the pause, whether it succeeded or not, so that made-up tokens do not make the gateway a load on the key server. An
 * answer has `KEY_TEXT_BYTES_MAX` bytes at most. While the server does not answer the keys from before count, for an hour; a key
 * that they lack rejects with the reason then, not with `JWKSNoMatchingKey`.
 */
export function keysAt(url: string, log: Log, pauseMs = PAUSE_MS): KeyFinder {
  const answers = new KeyAnswers(log, pauseMs);
  const find = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: pauseMs,
    timeoutDuration: ANSWER_MAX_MS,
    [customFetch]: answers.fetch,
  });
  // What is wrong is told of by `answers`; whoever shows a token before it is mended hears of it.
  find.reload().catch(() => undefined);
  return (header, token) =>
    find(header, token).catch((error: unknown) => {
      const isUnknown = error instanceof errors.JWKSNoMatchingKey;
      throw isUnknown ? (answers.failure ?? error) : error;
    });
}

/** What a key server has answered: the last good answer, and why there is no newer one. */
class KeyAnswers {
  readonly #log: Log;
  readonly #pauseMs: number;
  #good: { readonly text: string; readonly atMs: number } | undefined;
  #failed: { readonly error: Error; readonly atMs: number } | undefined;

  constructor(log: Log, pauseMs: number) {
    this.#log = log;
    this.#pauseMs = pauseMs;
  }

  /** Why the last fetch has brought nothing; undefined when it has. */
  get failure(): Error | undefined {
    return this.#failed?.error;
  }

  readonly fetch: FetchImplementation = async (url, options) => {
    if (this.#failed === undefined || Date.now() >= this.#failed.atMs + this.#pauseMs)
      await this.#ask(url, options).then(this.#took, (error: unknown) => this.#missed(url, error as Error));
    return new Response(this.#lasting());
  };

  async #ask(url: string, options: Parameters<FetchImplementation>[1]): Promise<string> {
    const response = await fetch(url, options);
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`it answers ${response.status}`);
    }
    const text = await boundedText(response);
    const problem = keySetProblem(parsed(text));
    if (problem !== undefined) throw new Error(`its answer ${problem}`);
    return text;
  }

  readonly #took = (text: string): void => {
    if (this.#failed !== undefined) this.#log.info('the keys for tokens are read again');
    this.#failed = undefined;
    this.#good = { text, atMs: Date.now() };
  };

  /** Told of once, until it is mended. */
  #missed(url: string, error: Error): void {
    const problem = reasonOf(error);
    if (this.#failed === undefined) this.#log.error({ url, problem }, 'the keys for tokens cannot be read');
    this.#failed = { error: new Error(problem, { cause: error }), atMs: Date.now() };
  }

  /** The last good answer, while it may stand in for a newer one. Throws why there is none. */
  #lasting(): string {
    const [good, failed] = [this.#good, this.#failed];
    if (good !== undefined && (failed === undefined || Date.now() < good.atMs + OUTLIVE_MS)) return good.text;
    throw failed?.error ?? new Error('it was not asked yet');
  }
}

/** What a library wraps is said by its cause: `fetch failed` alone says nothing. */
function reasonOf({ message, cause }: Error): string {
  return cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('its answer is no JSON');
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > KEY_TEXT_BYTES_MAX) throw new Error(`it sends more than ${KEY_TEXT_BYTES_MAX} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
}
