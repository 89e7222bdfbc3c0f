// A gateway with its door locked, for the rows about access and privacy: TLS, tokens, encryption at rest.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignJWT } from 'jose';

const SECRET = randomBytes(32).toString('hex');
const HOUR_S = 3_600;

/** A token of this run's secret. `sub` is for the scope `shop`. */
export function token(scope, sub) {
  const claims = {
    scope,
    exp: Math.floor(Date.now() / 1_000) + 24 * HOUR_S,
    ...(sub !== undefined && { sub }),
  };
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
}

/** What a client of a locked gateway may do: all that the generator does. */
export const everything = () => token('events rank catalogue operate users');

/** Environment of a gateway that needs tokens, and nothing else. */
export const WITH_TOKENS = { AFTERCLICK_TOKEN_SECRET: SECRET };

/** Environment of a gateway with TLS, tokens, encryption and all limits as they are by default. */
export function locked(work) {
  const { certificate, key } = certificateOf(work);
  const masterKey = join(work, 'master.key');
  if (!existsSync(masterKey)) writeFileSync(masterKey, randomBytes(32).toString('base64'), { mode: 0o600 });
  return {
    ...WITH_TOKENS,
    AFTERCLICK_TLS_CERT: certificate,
    AFTERCLICK_TLS_KEY: key,
    AFTERCLICK_MASTER_KEY_FILE: masterKey,
  };
}

/** Environment of a gateway without any of it, limits included. */
export const UNLOCKED = {
  AFTERCLICK_USER_MESSAGES_PER_SEC: '0',
  AFTERCLICK_ADDRESS_MESSAGES_PER_SEC: '0',
  AFTERCLICK_ADDRESS_REQUESTS_PER_SEC: '0',
  AFTERCLICK_ADDRESS_BYTES_PER_SEC: '0',
  AFTERCLICK_SOCKETS_PER_ADDRESS_MAX: '0',
  AFTERCLICK_PEER_BYTES_MAX: '0',
  AFTERCLICK_PEER_BYTES_PER_ADDRESS_MAX: '0',
};

/** A certificate of its own for this machine. Made once. */
export function certificateOf(work) {
  const [certificate, key] = [join(work, 'certificate.pem'), join(work, 'certificate.key')];
  if (existsSync(certificate) && readFileSync(certificate).length > 0) return { certificate, key };
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost';
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', [...request.split(' '), ...names, '-keyout', key, '-out', certificate], {
    stdio: 'pipe',
  });
  return { certificate, key };
}
