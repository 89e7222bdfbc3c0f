import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../support/gateway/built-gateway.js';

const CALLERS = 300;

/** Asks for a tunnel and resets the connection before the refusal can be written. */
async function askAndReset(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n');
  await new Promise((turn) => setImmediate(turn));
  socket.resetAndDestroy();
}

test('whoever asks ws and node:http for a tunnel and is gone ends nothing', async () => {
  const gateway = await startGateway({ env: { AFTERCLICK_TRANSPORT: 'ws', AFTERCLICK_BUNDLE: 'none' } });
  onTestFinished(() => gateway.kill());
  const port = Number(new URL(gateway.url).port);
  for (let i = 0; i < CALLERS; i++) await askAndReset(port);
  expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  expect(gateway.process.exitCode).toBeNull();
});
