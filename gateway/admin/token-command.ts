import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose';
import { outputFileProblem } from '../../metrics/process/command-line.js';
import { unreadableFile } from '../../metrics/process/system-problem.js';
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
  checkPlaces([options.private, options.public]);
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
  context.say(await signed(token, { alg, key }, options));
  return EXIT.done;
}

async function signed(
  token: SignJWT,
  { alg, key }: Signer,
  { private: file }: TokenOptions,
): Promise<string> {
  try {
    return await token.sign(key);
  } catch (error) {
    throw new Refusal(`${file ?? 'the secret'} does not sign ${alg}: ${(error as Error).message}`);
  }
}

interface Signer {
  readonly alg: string;
  readonly key: Awaited<ReturnType<typeof importJWK>>;
  readonly kid?: string | undefined;
}

async function signer(context: CommandContext, { private: file }: TokenOptions): Promise<Signer> {
  if (file !== undefined) return privateHalf(file);
  const { tokenSecret, tokenSecretFile } = configOf(context, {});
  const secret = tokenSecret || (tokenSecretFile && read(tokenSecretFile).trim());
  if (secret === '')
    throw new Refusal(
      'nothing to sign with: set AFTERCLICK_TOKEN_SECRET as the gateway has it, or give --private',
    );
  return { alg: SECRET_ALGORITHM, key: new TextEncoder().encode(secret) };
}

/** What the file holds stays untold: it may be anything. */
async function privateHalf(file: string): Promise<Signer> {
  try {
    const jwk = jwkOf(read(file));
    const alg = jwk.alg ?? 'ES256';
    return { alg, key: await importJWK(jwk, alg), kid: jwk.kid };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal(`${file} holds no private key (JWK); npm run admin -- token keys makes one`);
  }
}

/** Throws for a text that is no key, or the public half of one. */
function jwkOf(text: string): JWK {
  const jwk = JSON.parse(text) as JWK;
  if (jwk.d === undefined && jwk.k === undefined) throw new Error('without a private half');
  return jwk;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal(unreadableFile(file, error));
  }
}

/** Before anything is written: half a pair is of no use. */
function checkPlaces(paths: readonly string[]): void {
  for (const path of paths) {
    if (existsSync(path)) throw isThere(path);
    const problem = outputFileProblem(path);
    if (problem !== undefined) throw new Refusal(problem);
  }
  if (new Set(paths.map((path) => resolve(path))).size < paths.length)
    throw new Refusal('--private and --public name the same file: name two');
}

function isThere(path: string): Refusal {
  return new Refusal(`${path} is there already; remove it first, or choose another name`);
}

function write(path: string, value: object, mode: number): void {
  try {
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, { flag: 'wx', mode });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? isThere(path) : error;
  }
}
