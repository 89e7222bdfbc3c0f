import { readFileSync, statSync, unwatchFile, watchFile } from 'node:fs';
import { createPublicKey } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { Log } from '../../metrics/process/log.js';
import { KEY_TEXT_BYTES_MAX, keySetProblem, type KeyFinder } from './token-keys.js';

/** How often it is looked whether the file has changed. */
const LOOK_EVERY_MS = 1_000;

/**
 * Public keys in a file: a JWKS, or one key in PEM. Read again when the file changes; what cannot be read is told of, and the keys
 * from before stay.
 */
export class KeyFile {
  readonly #path: string;
  readonly #log: Log;
  #find: KeyFinder;

  /** Throws an `Error` that says what is wrong with the file. */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#find = readKeys(path);
    watchFile(path, { persistent: false, interval: LOOK_EVERY_MS }, this.#changed);
  }

  readonly find: KeyFinder = (header, token) => this.#find(header, token);

  stop(): void {
    unwatchFile(this.#path, this.#changed);
  }

  readonly #changed = (): void => {
    try {
      this.#find = readKeys(this.#path);
      this.#log.info({ path: this.#path }, 'token keys were read again');
    } catch (error) {
      this.#log.error(
        { path: this.#path, problem: (error as Error).message },
        'token keys stay as they were',
      );
    }
  };
}

function readKeys(path: string): KeyFinder {
  if (statSync(path).size > KEY_TEXT_BYTES_MAX)
    throw new Error(`${path} is larger than ${KEY_TEXT_BYTES_MAX} bytes`);
  const text = readFileSync(path, 'utf8');
  const set = text.trimStart().startsWith('-----BEGIN') ? keySetOf(text, path) : parsed(text, path);
  const problem = keySetProblem(set);
  if (problem !== undefined) throw new Error(`${path} ${problem}`);
  return createLocalJWKSet(set as JSONWebKeySet);
}

function keySetOf(pem: string, path: string): unknown {
  if (pem.includes('PRIVATE KEY')) throw new Error(`${path} has a private key; give the public half alone`);
  return { keys: [createPublicKey(pem).export({ format: 'jwk' })] };
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path} is neither JSON (a JWKS) nor PEM`);
  }
}
