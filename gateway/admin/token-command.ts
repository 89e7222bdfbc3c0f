import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { Refusal } from '../../shards/api.js';
import { SCOPE_NAMES, scopesOf } from '../access/scope.js';
import { SECRET_ALGORITHM } from '../access/token-keys.js';
import { EXIT, configOf, type CommandContext } from './command-context.js';

export interface KeysOptions {
  readonly alg: string;
  readonly private: string;
  readonly public: string;
}

export interface TokenOptions {
  readonly user?: string;
  /** Names, comma separated. */
  readonly scope: string;
  readonly minutes: number;
  readonly private?: string;
}

/** Bytes of a secret; HS256 has as many. */
const SECRET_BYTES = 32;

/** `token secret`. */
export function makeSecret({ say }: CommandContext): number {
  say(randomBytes(SECRET_BYTES).toString('base64url'));
  return EXIT.done;
}

/** `token keys`: a pair of keys, in two files that must not be there yet. */
export async function makeKeys({ say }: CommandContext, options: KeysOptions): Promise<number> {
  const pair = await generateKeyPair(options.alg, { extractable: true });
  const names = { kid: randomBytes(8).toString('base64url'), alg: options.alg, use: 'sig' };
  const privateKey = { ...(await exportJWK(pair.privateKey)), ...names };
  const publicKey = { ...(await exportJWK(pair.publicKey)), ...names };
  write(options.private, privateKey, 0o600);
  write(options.public, { keys: [publicKey] }, 0o644);
  say(`signs: ${options.private}; AFTERCLICK_TOKEN_KEYS=${options.public}`);
  return EXIT.done;
}

/** `token make`: prints a token. */
export async function makeToken(context: CommandContext, options: TokenOptions): Promise<number> {
  const scopes = options.scope.split(/[\s,]+/);
  if (scopesOf(scopes) === 0 || scopes.some((name) => scopesOf([name]) === 0))
    throw new Refusal(`--scope takes ${SCOPE_NAMES.join(', ')}, comma separated`);
  if (scopesOf(scopes) === scopesOf(['shop']) && options.user === undefined)
    throw new Refusal('--scope shop speaks for one user: name them with --user');
  const { tokenAudience, tokenIssuer } = configOf(context, {});
  const { alg, key, kid } = await signer(context, options);
  const seconds = Math.floor(context.nowMs() / 1_000);
  const token = new SignJWT({ scope: scopes.join(' ') })
    .setProtectedHeader({ alg, typ: 'JWT', ...(kid !== undefined && { kid }) })
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + Math.round(options.minutes * 60));
  if (options.user !== undefined) token.setSubject(options.user);
  if (tokenAudience !== '') token.setAudience(tokenAudience);
  if (tokenIssuer !== '') token.setIssuer(tokenIssuer);
  context.say(await token.sign(key));
  return EXIT.done;
}

interface Signer {
  readonly alg: string;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  readonly kid?: string | undefined;
}

async function signer(context: CommandContext, { private: file }: TokenOptions): Promise<Signer> {
  if (file !== undefined) {
    const jwk = JSON.parse(readFileSync(file, 'utf8')) as JWK;
    const alg = jwk.alg ?? 'ES256';
    return { alg, key: await importJWK(jwk, alg), kid: jwk.kid };
  }
  const { tokenSecret, tokenSecretFile } = configOf(context, {});
  const secret = tokenSecret || (tokenSecretFile && readFileSync(tokenSecretFile, 'utf8').trim());
  if (secret === '')
    throw new Refusal(
      'nothing to sign with: set AFTERCLICK_TOKEN_SECRET as the gateway has it, or give --private',
    );
  return { alg: SECRET_ALGORITHM, key: new TextEncoder().encode(secret) };
}

function write(path: string, value: object, mode: number): void {
  try {
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx', mode });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new Refusal(`${path} is there already; remove it first, or choose another name`);
    throw error;
  }
}
