import { type Agent, request } from 'node:http';
import type { RawAnswer } from './raw-http.js';

/** What is called, and over which connections. */
export interface CallTarget {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly port: number;
  /** Address of this machine to come from. */
  readonly localAddress: string;
  readonly agent: Agent;
}

/** One well-formed request with any body on kept connections. Resolves in any case; status 0: no answer came. */
export function httpCall(target: CallTarget, body: string, type: string): Promise<RawAnswer> {
  const headers = body === '' ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve) => {
    const sent = request({ ...target, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', () => undefined);
      response.on('close', () => {
        const contentType = response.headers['content-type'] ?? '';
        resolve({ status: response.statusCode ?? 0, contentType, body: Buffer.concat(pieces).toString() });
      });
    });
    sent.on('error', () => resolve({ status: 0, contentType: '', body: '' }));
    sent.end(body);
  });
}
