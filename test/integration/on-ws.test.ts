import { vi } from 'vitest';

/** What sockets, HTTP, TLS and the front door promise, once more on `ws` and `node:http`. */
vi.stubEnv('AFTERCLICK_TRANSPORT', 'ws');
await import('./gateway-socket.test.js');
await import('./gateway-http.test.js');
await import('./gateway-door.test.js');
await import('./gateway-tls.test.js');
