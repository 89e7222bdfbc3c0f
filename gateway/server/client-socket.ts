/** What became of a frame: `sent` to the kernel, `buffered` by the socket for later, or `dropped`. */
export type SendOutcome = 'sent' | 'buffered' | 'dropped';

/**
 * One peer's WebSocket as the gateway sees it; `server.ts` makes them. Calls after `end`, or after the peer has gone, do
 * nothing.
 */
export interface ClientSocket {
  /** What the peer is counted by; '' when it is not counted by address. */
  readonly address: string;
  /** @param frame copied before the call returns. */
  send(frame: Uint8Array, isBinary: boolean): SendOutcome;
  /** Bytes that wait for the peer to read. */
  bufferedBytes(): number;
  /** Runs `write` so that its sends leave in as few packets as they fit. */
  cork(write: () => void): void;
  /** Sends the close frame when the peer has read what is buffered (`Partings`); the close is reported before this returns. */
  end(code: number, reason: string): void;
}

/** Who is told what a socket brings: a connection. */
export interface SocketPeer {
  /** @param frame only valid during the call. */
  receive(frame: Uint8Array, isBinary: boolean): void;
  /** The socket has room again. */
  drained(): void;
  /** More comes than any honest peer sends, of what never reaches `receive`. */
  flooded(): void;
  /** Called once, also after the peer's own `end`. */
  closed(code: number): void;
}
