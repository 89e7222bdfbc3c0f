import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import { LRUCache } from 'lru-cache';
import { STRING_LIMITS } from '../protocol/limits.js';
import { isPlain } from '../protocol/text.js';
import { Grant } from './grant.js';
import { NO_SCOPES, SCOPE, SCOPE_NAMES, scopesOf } from './scope.js';
import { PAIR_ALGORITHMS, SECRET_ALGORITHM, type KeyFinder } from './token-keys.js';
import type { TokenRefusal } from './token-refusal.js';

/** Tokens that were good lately: a server sends the same one with every call. */
const KNOWN_MAX = 10_000;
/** How long a token is known at most: then its key may have been withdrawn. */
const KNOWN_MS = 60_000;

/** What tokens are checked against. */
export interface TokenRules {
  /** For HS256; undefined: none. */
  readonly secret?: Uint8Array | undefined;
  /** For keys in pairs; undefined: none. */
  readonly findKey?: KeyFinder | undefined;
  /** '' is not looked at. */
  readonly audience: string;
  readonly issuer: string;
  /** How far the clocks of who signs and who reads may be apart. */
  readonly leewayMs: number;
  readonly nowMs: () => number;
}

/**
 * Reads JSON Web Tokens. The algorithm says which kind of key is looked for, never the other way: a token that is signed with a
 * public key as if that were a shared secret finds no key, and one that is not signed (`none`) no algorithm.
 */
export class TokenReader {
  readonly #rules: TokenRules;
  readonly #known = new LRUCache<string, Grant>({ max: KNOWN_MAX, ttl: KNOWN_MS });

  constructor(rules: TokenRules) {
    this.#rules = rules;
  }

  /** What a token grants, when it was read lately; undefined when it has to be read. */
  known(token: string): Grant | undefined {
    const grant = this.#known.get(token);
    return grant !== undefined && this.#rules.nowMs() < grant.endsMs ? grant : undefined;
  }

  /** Never rejects. */
  async read(token: string): Promise<Grant | TokenRefusal> {
    if (token.length > STRING_LIMITS.token)
      return invalid(`it is longer than ${STRING_LIMITS.token} characters`);
    try {
      const { payload, protectedHeader } = await this.#verified(token);
      const grant = this.#grantOf(payload, protectedHeader.kid);
      if (grant instanceof Grant) this.#known.set(token, grant);
      return grant;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #verified(token: string): Promise<JWTVerifyResult> {
    const { audience, findKey, issuer, leewayMs, nowMs, secret } = this.#rules;
    const options: JWTVerifyOptions = {
      algorithms: [...(secret ? [SECRET_ALGORITHM] : []), ...(findKey ? PAIR_ALGORITHMS : [])],
      clockTolerance: leewayMs / 1_000,
      currentDate: new Date(nowMs()),
      requiredClaims: ['exp', 'scope'],
      ...(audience !== '' && { audience }),
      ...(issuer !== '' && { issuer }),
    };
    return jwtVerify(
      token,
      (header, jws) => {
        if (header.alg === SECRET_ALGORITHM && secret) return secret;
        if (header.alg !== SECRET_ALGORITHM && findKey) return findKey(header, jws);
        throw new errors.JOSEAlgNotAllowed('no key for this algorithm');
      },
      options,
    );
  }

  #grantOf({ sub, exp = 0, scope, tenant }: JWTPayload, kid: unknown): Grant | TokenRefusal {
    const names = typeof scope === 'string' ? scope.split(' ') : scope;
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
      return invalid('its scope is neither a text nor a list of texts');
    const scopes = scopesOf(names);
    if (scopes === NO_SCOPES) return invalid(`its scope names none of ${SCOPE_NAMES.join(', ')}`);
    if (tenant !== undefined && typeof tenant !== 'string') return invalid('its tenant is no text');
    if (sub !== undefined && !isUser(sub)) return invalid('its sub cannot be a user');
    if (scopes === SCOPE.shop && sub === undefined) return invalid('its scope is shop, and it has no sub');
    return new Grant({
      scopes,
      user: sub,
      endsMs: exp * 1_000 + this.#rules.leewayMs,
      hasToken: true,
      keyId: keyIdOf(kid),
    });
  }
}

/** What a header says of its key, as far as it is a name. */
function keyIdOf(kid: unknown): string | undefined {
  return typeof kid === 'string' && kid.length <= STRING_LIMITS.id && isPlain(kid) ? kid : undefined;
}

function isUser(sub: unknown): sub is string {
  return typeof sub === 'string' && sub.length > 0 && sub.length <= STRING_LIMITS.id && isPlain(sub);
}

function invalid(why: string): TokenRefusal {
  return { why: 'invalid', message: `the token is not valid: ${why}; get another one from the shop` };
}

/** Nothing of the token goes into the text, whatever the library says. */
function refusalOf(error: unknown): TokenRefusal {
  if (error instanceof errors.JWTExpired)
    return { why: 'expired', message: 'the token has expired; get a new one from the shop' };
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(`its ${claimOf(error)} does not fit`);
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid('its signature does not fit');
  if (error instanceof errors.JOSEAlgNotAllowed) return invalid('its algorithm is not taken here');
  if (error instanceof errors.JWKSNoMatchingKey) return invalid('no known key has signed it');
  if (error instanceof errors.JOSEError) return invalid('it is no signed token');
  return { why: 'unchecked', message: 'the keys for tokens cannot be read now; try again' };
}

/** Claims that a message may name: a made-up one could be anything. */
const CLAIMS: ReadonlySet<string> = new Set(['aud', 'iss', 'exp', 'nbf', 'iat', 'sub', 'scope']);

function claimOf({ claim }: errors.JWTClaimValidationFailed): string {
  return CLAIMS.has(claim) ? claim : 'content';
}
