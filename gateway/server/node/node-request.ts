import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { RawRequest } from '../transport/transport.js';

/** Letters of the name in a certificate. */
const NAME_MAX = 256;
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** A request of `node:http` as the gateway reads it. */
export class NodeRequest implements RawRequest {
  readonly #request: IncomingMessage;
  readonly #host: string;
  readonly #url: string;
  readonly #query: string;

  constructor(request: IncomingMessage) {
    this.#request = request;
    const target = request.url ?? '/';
    const [whole, authority] = ABSOLUTE.exec(target) ?? ['', undefined];
    const rest = target.slice(whole.length);
    const at = rest.indexOf('?');
    this.#url = (at < 0 ? rest : rest.slice(0, at)) || '/';
    this.#query = at < 0 ? '' : rest.slice(at + 1);
    // Who asks by an absolute address names the host there, and what the header says does not count (RFC 9112, 3.2.2).
    this.#host = authority ?? request.headers.host ?? defaultHost(request);
  }

  /** Its CN; of a subject that has none, all of it. */
  get certificate(): string | undefined {
    const { socket } = this.#request;
    if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
    const { subject } = socket.getPeerCertificate();
    const names = Object.entries(subject ?? {}).map(([part, value]) => `${part}=${[value].flat().join('+')}`);
    return [subject?.CN ?? names].flat().join(',').slice(0, NAME_MAX);
  }

  getHeader(lowerCaseKey: string): string {
    if (lowerCaseKey === 'host') return this.#host;
    const value = this.#request.headers[lowerCaseKey];
    return typeof value === 'string' ? value : (value?.[0] ?? '');
  }

  forEach(note: (name: string, value: string) => void): void {
    const { rawHeaders } = this.#request;
    for (let i = 0; i < rawHeaders.length; i += 2) note(rawHeaders[i].toLowerCase(), rawHeaders[i + 1]);
  }

  getUrl(): string {
    return this.#url;
  }

  getQuery(): string {
    return this.#query;
  }

  getMethod(): string {
    return this.#request.method ?? '';
  }
}

/** HTTP/1.0 knows no `Host`: it asks for whom it has connected to (RFC 9112, 3.3). Since HTTP/1.1 it has to say. */
function defaultHost({ httpVersionMajor, httpVersionMinor, socket }: IncomingMessage): string {
  if (httpVersionMajor > 1 || (httpVersionMajor === 1 && httpVersionMinor > 0)) return '';
  const { localAddress = '', localPort } = socket;
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
