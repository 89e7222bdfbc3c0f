/** The part of the browser's `WebSocket` that a client uses; `ws` on Node has it too. */
export interface Socket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(frame: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

/** A class with the browser's `WebSocket` interface: its own on a page, `WebSocket` of the `ws` package on Node 20. */
export type SocketConstructor = new (url: string, protocols: string[]) => object;

/** The class given, or the runtime's own. Throws when there is neither. */
export function socketConstructor(given: SocketConstructor | undefined): SocketConstructor {
  const found = given ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  if (!found) {
    throw new Error("This runtime has no WebSocket: pass one, as in `import { WebSocket } from 'ws'`.");
  }
  return found;
}

/** The socket address of a gateway: `http(s)` becomes `ws(s)`, a missing path `/v1/ws`. Throws on anything that is no URL. */
export function socketUrl(url: string): string {
  const address = new URL(url);
  address.protocol = address.protocol.replace(/^http/, 'ws');
  if (address.pathname === '/') address.pathname = '/v1/ws';
  address.hash = '';
  return address.href;
}
