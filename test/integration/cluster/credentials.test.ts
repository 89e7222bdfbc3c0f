import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import type { EngineSettings } from '../../../cluster/engine/engine-settings.js';
import { openEngine } from '../../../cluster/engine/engine.js';
import { NatsServers, type NatsOptions } from '../../support/cluster/nats-servers.js';

const folder = mkdtempSync(join(tmpdir(), 'credentials-'));

function written(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Name of the server that lets such a node in. */
async function whoLetsIn(options: NatsOptions, how: Partial<EngineSettings>): Promise<string | undefined> {
  const servers = await NatsServers.start(options);
  try {
    const engine = await openEngine({
      servers: servers.addresses.map((address) => address.replace('127.0.0.1', 'localhost')),
      name: 'node-1',
      sync: { kind: 'stated' },
      ...how,
    });
    const name = engine.main.info?.server_name;
    await engine.stop();
    return name;
  } finally {
    await servers.stop();
  }
}

test('a node comes in by its nkey, and by no other one', async () => {
  const [key, other] = [nkeys.createUser(), nkeys.createUser()];
  const extra = `authorization { users: [{ nkey: ${key.getPublicKey()} }] }`;
  const nkeyFile = written('node.nk', `${Buffer.from(key.getSeed()).toString()}\n`);
  expect(await whoLetsIn({ extra }, { credentials: { nkeyFile } })).toBe('s0');
  const stranger = written('other.nk', other.getSeed());
  await expect(whoLetsIn({ extra }, { credentials: { nkeyFile: stranger } })).rejects.toMatchObject({
    code: 'cluster_unreachable',
  });
});

test('a node comes in by a credentials file', async () => {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()];
  const token = (claims: object, issuer: nkeys.KeyPair, subject: nkeys.KeyPair): string => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const body = {
      iat: 1,
      iss: issuer.getPublicKey(),
      sub: subject.getPublicKey(),
      nats: { version: 2, ...claims },
    };
    const signed = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(body)}`;
    return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`;
  };
  const limits = {
    subs: -1,
    data: -1,
    payload: -1,
    conn: -1,
    imports: -1,
    exports: -1,
    wildcards: true,
    leaf: -1,
  };
  const operatorToken = token({ type: 'operator' }, operator, operator);
  const accountToken = token({ type: 'account', limits }, operator, account);
  const userToken = token({ type: 'user', subs: -1, data: -1, payload: -1 }, account, user);
  const extra = [
    `operator: ${operatorToken}`,
    'resolver: MEMORY',
    `resolver_preload { ${account.getPublicKey()}: ${accountToken} }`,
  ].join('\n');
  const credsFile = written(
    'node.creds',
    `-----BEGIN NATS USER JWT-----\n${userToken}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${Buffer.from(user.getSeed()).toString()}\n------END USER NKEY SEED------\n`,
  );
  expect(await whoLetsIn({ extra, hasJetStream: false }, { credentials: { credsFile } })).toBe('s0');
});

test('a node and a server show each other certificates', async () => {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=test';
  const names = ['-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', [...request.split(' '), ...names, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  });
  const extra = `tls { cert_file: "${certFile}", key_file: "${keyFile}", ca_file: "${certFile}", verify: true }`;
  expect(await whoLetsIn({ extra }, { tls: { caFile: certFile, certFile, keyFile } })).toBe('s0');
  await expect(whoLetsIn({ extra }, { tls: { caFile: certFile } })).rejects.toMatchObject({
    code: 'cluster_unreachable',
  });
  await expect(whoLetsIn({ extra }, { tls: {} })).rejects.toMatchObject({ code: 'cluster_unreachable' });
});
