import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Hears a connection. `bytes` are borrowed: they are only valid during the call. After `closed` nothing more comes. */
export interface RawListener {
  opened(): void;
  bytes(bytes: Uint8Array): void;
  /** `failure` is empty when the other side ended in order. */
  closed(failure: string): void;
}

/** What one read takes at most. */
const READ_BYTES = 64 * 1024;
/** All connections read into the same memory, one after the other: nothing is allocated for what comes. */
const incoming = Buffer.allocUnsafeSlow(READ_BYTES);

/** A TCP connection, or a TLS one for `https:`, with as little between it and the kernel as Node has. It opens by itself. */
export class RawConnection {
  readonly #socket: Socket;

  constructor(url: URL, listener: RawListener) {
    const isSecure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = Number(url.port || (isSecure ? 443 : 80));
    const onread: OnReadOpts = {
      buffer: incoming,
      callback: (length, bytes) => {
        listener.bytes(length === bytes.length ? bytes : bytes.subarray(0, length));
        return true;
      },
    };
    const socket = isSecure
      ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }) })
      : connectTcp({ host, port, onread });
    this.#socket = socket;
    let failure = '';
    socket.setNoDelay(true);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => listener.opened());
    if (isSecure) socket.on('data', (bytes: Buffer) => listener.bytes(bytes));
    socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? error.message));
    socket.once('close', () => listener.closed(failure));
  }

  /** Bytes that the kernel has not taken yet. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** `bytes` must not change afterwards. */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Reads nothing more until `resume`: what comes fills the buffers of both kernels, then waits at the sender. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Sends what waits, and ends. */
  end(): void {
    this.#socket.end();
  }

  /** Breaks it, as a network does. */
  destroy(): void {
    this.#socket.destroy();
  }
}
