import type { CryptoKey, JWSHeaderParameters, FlattenedJWSInput, KeyObject } from 'jose';

/** Finds the key that a token says it is signed with. Rejects when there is none. */
export type KeyFinder = (
  header: JWSHeaderParameters,
  token: FlattenedJWSInput,
) => Promise<CryptoKey | KeyObject>;

/** Algorithms of keys in pairs: the gateway has the public half. */
export const PAIR_ALGORITHMS = ['RS256', 'ES256', 'EdDSA', 'Ed25519'] as const;
export const SECRET_ALGORITHM = 'HS256';

/** Keys that a set may have; bytes that its text may have. */
export const KEYS_MAX = 100;
export const KEY_TEXT_BYTES_MAX = 256 * 1024;

/** What makes a text no set of keys; undefined for one. Secrets do not belong into it: who reads them could sign. */
export function keySetProblem(value: unknown): string | undefined {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) return 'is no JWKS: a map with "keys"';
  if (keys.length === 0 || keys.length > KEYS_MAX)
    return `has ${keys.length} keys; 1 to ${KEYS_MAX} are taken`;
  for (const key of keys as { kty?: unknown; d?: unknown }[]) {
    if (key === null || typeof key !== 'object') return 'has a key that is no map';
    if (key.kty === 'oct') return 'has a shared secret ("kty": "oct"); set AFTERCLICK_TOKEN_SECRET for that';
    if (key.d !== undefined) return 'has a private key ("d"); give the public halves alone';
  }
  return undefined;
}
