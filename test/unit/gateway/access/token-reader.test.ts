import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair, createLocalJWKSet } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { Grant } from '../../../../gateway/access/grant.js';
import { namesOf } from '../../../../gateway/access/scope.js';
import { TokenReader, type TokenRules } from '../../../../gateway/access/token-reader.js';

const SECRET = new TextEncoder().encode('a secret of at least thirty-two letters');
const NOW_MS = 1_800_000_000_000;
const NOW_S = NOW_MS / 1_000;
const RULES: TokenRules = { secret: SECRET, audience: '', issuer: '', leewayMs: 2_000, nowMs: () => NOW_MS };

interface Claims {
  readonly exp?: number;
  readonly [claim: string]: unknown;
}

function signed(claims: Claims = {}, key: Parameters<SignJWT['sign']>[0] = SECRET, alg = 'HS256') {
  const payload = { sub: 'ada', scope: 'shop', exp: NOW_S + 60, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg }).sign(key);
}

async function why(token: string, rules: Partial<TokenRules> = {}): Promise<string> {
  const read = await new TokenReader({ ...RULES, ...rules }).read(token);
  return read instanceof Grant ? `taken: ${namesOf(read.scopes).join(' ')}` : `${read.why}: ${read.message}`;
}

describe('HS256', () => {
  test('grants its scopes to its sub until its end and the leeway', async () => {
    const grant = (await new TokenReader(RULES).read(await signed({ scope: 'shop rank other' }))) as Grant;
    expect([grant.user, namesOf(grant.scopes), grant.endsMs]).toEqual([
      'ada',
      ['shop', 'rank'],
      NOW_MS + 62_000,
    ]);
    expect(await why(await signed({ scope: ['operate', 'users'] }))).toBe('taken: users operate');
  });

  test.each([
    ['expired', { exp: NOW_S - 3 }, 'expired'],
    ['not valid yet', { nbf: NOW_S + 3 }, 'its nbf does not fit'],
    ['without an end', { exp: undefined }, 'its exp does not fit'],
    ['without a scope', { scope: undefined }, 'its scope does not fit'],
    ['with scopes of another service', { scope: 'read write' }, 'names none of shop, events'],
    ['with a scope that is a number', { scope: 7 }, 'neither a text nor a list'],
    ['for shopping without a sub', { sub: undefined }, 'it has no sub'],
    ['with a sub that no user has', { sub: 'a\u0000b' }, 'its sub cannot be a user'],
    ['with a tenant that is a list', { tenant: [] }, 'its tenant is no text'],
  ])('a token %s is refused', async (_name, claims, problem) => {
    expect(await why(await signed(claims))).toContain(problem);
  });

  test('clocks may be apart by the leeway', async () => {
    expect(await why(await signed({ exp: NOW_S - 1, nbf: NOW_S + 1 }))).toBe('taken: shop');
  });

  test('audience and issuer have to fit where they are set', async () => {
    const rules = { audience: 'afterclick', issuer: 'https://shop.example' };
    expect(await why(await signed({ aud: ['x', 'afterclick'], iss: rules.issuer }), rules)).toBe(
      'taken: shop',
    );
    expect(await why(await signed({ aud: 'x', iss: rules.issuer }), rules)).toContain('its aud does not fit');
    expect(await why(await signed({ iss: rules.issuer }), rules)).toContain('its aud does not fit');
    expect(await why(await signed({ aud: 'afterclick', iss: 'y' }), rules)).toContain('its iss does not fit');
  });

  test('what is signed otherwise, changed, or no token is refused, and nothing of it comes back', async () => {
    const [head, body, mark] = (await signed()).split('.');
    const other = Buffer.from(JSON.stringify({ sub: 'eve', scope: 'operate', exp: NOW_S + 60 })).toString(
      'base64url',
    );
    const none = new UnsecuredJWT({ sub: 'ada', scope: 'operate', exp: NOW_S + 60 }).encode();
    const tokens = [
      await signed({}, new TextEncoder().encode('another secret of thirty-two letters')),
      `${head}.${other}.${mark}`,
      `${head}.${body}.`,
      none,
      `${none}${mark}`,
      await signed({}, SECRET, 'HS512').catch(() => 'x'),
      'no token',
      'a.b.c',
      'x'.repeat(5_000),
    ];
    for (const token of tokens) {
      const said = await why(token);
      expect(said).toMatch(/^invalid: the token is not valid/);
      if (token.length > 20) expect(said).not.toContain(token.slice(0, 20));
    }
  });

  test('a token that is known is not read again, and not taken after its end', async () => {
    let nowMs = NOW_MS;
    const reader = new TokenReader({ ...RULES, nowMs: () => nowMs });
    const token = await signed();
    expect(reader.known(token)).toBeUndefined();
    const grant = await reader.read(token);
    expect(reader.known(token)).toBe(grant);
    nowMs += 62_000;
    expect(reader.known(token)).toBeUndefined();
    expect(await reader.read(token)).toMatchObject({ why: 'expired' });
  });
});

describe.each(['RS256', 'ES256', 'EdDSA'])('%s', (alg) => {
  let pair: Awaited<ReturnType<typeof generateKeyPair>>;
  let rules: Partial<TokenRules>;
  beforeAll(async () => {
    pair = await generateKeyPair(alg, { extractable: true });
    const set = { keys: [{ ...(await exportJWK(pair.publicKey)), alg }] };
    rules = { secret: undefined, findKey: createLocalJWKSet(set) };
  });

  test('is taken by its public key alone', async () => {
    const token = await signed({}, pair.privateKey, alg);
    expect(await why(token, rules)).toBe('taken: shop');
    expect(await why(token)).toContain('its algorithm is not taken here');
    const stranger = await generateKeyPair(alg);
    expect(await why(await signed({}, stranger.privateKey, alg), rules)).toContain(
      'its signature does not fit',
    );
  });

  test('the public key is no shared secret (key confusion)', async () => {
    const pem = new TextEncoder().encode(await exportSPKI(pair.publicKey));
    const forged = await signed({ scope: 'operate' }, pem, 'HS256');
    expect(await why(forged, rules)).toContain('its algorithm is not taken here');
    expect(await why(forged, { ...rules, secret: SECRET })).toContain('its signature does not fit');
  });
});
