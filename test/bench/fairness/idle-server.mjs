// A server that takes sockets and requests and does nothing: what an attack on it costs the honest is the attacker's own work.
import { pathToFileURL } from 'node:url';
import { join, resolve } from 'node:path';

const { loadUws } = await import(
  pathToFileURL(join(resolve(process.argv[2]), 'gateway/server/uws/uws.js')).href
);
const uws = loadUws();
const nothing = () => undefined;
uws
  .App()
  .ws('/v1/ws', {
    maxPayloadLength: 1024 * 1024,
    idleTimeout: 60,
    upgrade: (response, request, context) =>
      response.upgrade(
        {},
        request.getHeader('sec-websocket-key'),
        request.getHeader('sec-websocket-protocol'),
        request.getHeader('sec-websocket-extensions'),
        context,
      ),
    message: nothing,
  })
  .any('/*', (response) => {
    response.onAborted(nothing);
    response.onData((_, isLast) => isLast && response.cork(() => response.end('{}')));
  })
  .listen('127.0.0.1', 0, 0, (token) => console.log(uws.us_socket_local_port(token)));
