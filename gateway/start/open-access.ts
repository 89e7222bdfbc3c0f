import { hkdfSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock } from '../../metrics/process/clock.js';
import type { Log } from '../../metrics/process/log.js';
import type { OptionValues } from '../../metrics/process/options.js';
import { StartupError } from '../../metrics/process/startup-error.js';
import { Access } from '../access/access.js';
import type { accessOptions } from '../access/access-options.js';
import { isLoopback } from '../access/loopback.js';
import { keysAt } from '../access/key-address.js';
import { KeyFile } from '../access/key-file.js';
import type { KeyFinder } from '../access/token-keys.js';
import { TokenReader } from '../access/token-reader.js';
import { VisitorSessions } from '../access/visitor-sessions.js';

/** What decides who is let in. */
export type DoorConfig = OptionValues<typeof accessOptions> & { readonly host: string };

/** Bytes of a secret that is made, and the least that one in a file has. */
const SECRET_BYTES = 32;

/**
 * Reads the keys. Throws `StartupError`: `keys_missing` when the gateway would be open to the network, `keys_unusable` when they
 * cannot be read or do not fit together.
 */
export function openAccess(config: DoorConfig, clock: Clock, log: Log): Access {
  const secret = secretOf(config, log);
  if (secret === undefined && config.tokenKeys === '') return withoutKeys(config);
  if (config.visitors === 'signed' && secret === undefined)
    throw new StartupError(
      'keys_unusable',
      'AFTERCLICK_VISITORS=signed needs a secret to sign sessions with: set AFTERCLICK_TOKEN_SECRET or AFTERCLICK_TOKEN_SECRET_FILE as well',
    );
  const keys = pairsOf(config, log);
  const reader = new TokenReader({
    secret,
    findKey: keys?.find,
    audience: config.tokenAudience,
    issuer: config.tokenIssuer,
    leewayMs: config.tokenLeewayMs,
    nowMs: () => clock.nowMs(),
  });
  return new Access(new VisitorSessions(config.visitors, markKeyOf(secret)), reader, keys?.stop);
}

function withoutKeys({ host, insecureOpen }: DoorConfig): Access {
  if (isLoopback(host) || insecureOpen === 'yes') return Access.open();
  throw new StartupError(
    'keys_missing',
    `without keys, whoever reaches ${host} could read every user and swap the model: set AFTERCLICK_TOKEN_SECRET (openssl rand -base64 32 ` +
      'makes one), AFTERCLICK_TOKEN_SECRET_FILE or AFTERCLICK_TOKEN_KEYS, listen on 127.0.0.1, or say --insecure-open',
  );
}

function secretOf({ tokenSecret, tokenSecretFile }: DoorConfig, log: Log): Uint8Array | undefined {
  if (tokenSecret !== '') return new TextEncoder().encode(tokenSecret);
  if (tokenSecretFile === '') return undefined;
  const path = resolve(tokenSecretFile);
  try {
    return readOrMade(path, log);
  } catch (cause) {
    const problem = `AFTERCLICK_TOKEN_SECRET_FILE: ${(cause as Error).message}`;
    throw new StartupError('keys_unusable', problem, { cause });
  }
}

function readOrMade(path: string, log: Log): Uint8Array {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const made = `${randomBytes(SECRET_BYTES).toString('base64url')}\n`;
    writeFileSync(path, made, { flag: 'wx', mode: 0o600 });
    log.info({ path }, 'made a secret for tokens; npm run admin -- token make signs one with it');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const secret = readFileSync(path, 'utf8').trim();
  if (secret.length < SECRET_BYTES)
    throw new Error(
      `${path} has fewer than ${SECRET_BYTES} characters; remove it, and the next start makes a new one`,
    );
  return new TextEncoder().encode(secret);
}

interface Pairs {
  readonly find: KeyFinder;
  readonly stop: () => void;
}

function pairsOf({ tokenKeys }: DoorConfig, log: Log): Pairs | undefined {
  if (tokenKeys === '') return undefined;
  if (/^https?:\/\//.test(tokenKeys))
    return { find: keysAt(safeAddress(tokenKeys), log), stop: () => undefined };
  try {
    const file = new KeyFile(resolve(tokenKeys), log);
    return { find: file.find, stop: () => file.stop() };
  } catch (cause) {
    const problem = `AFTERCLICK_TOKEN_KEYS: ${(cause as Error).message}; give a file with a JWKS or a public key in PEM`;
    throw new StartupError('keys_unusable', problem, { cause });
  }
}

/** Whoever can change the answer on its way could sign tokens. */
function safeAddress(url: string): string {
  if (URL.canParse(url)) {
    const { hostname, protocol } = new URL(url);
    if (protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))) return url;
  }
  throw new StartupError('keys_unusable', `AFTERCLICK_TOKEN_KEYS: ${url} is no https:// address`);
}

/** The key of visitors' sessions follows from the secret, so that gateways with one secret know each other's. */
function markKeyOf(secret: Uint8Array | undefined): Uint8Array {
  if (secret === undefined) return randomBytes(SECRET_BYTES);
  return new Uint8Array(hkdfSync('sha256', secret, '', 'afterclick visitor sessions', SECRET_BYTES));
}
