import { RECORD, type LogRecord } from '../recorder/log-records.js';
import type { PostedEvent, PromiseMark, SentEvent } from './promise-marks.js';
import { WireFrames } from './wire-frames.js';

/** A session and what was promised to it. */
export interface LedgerSession {
  readonly session: string;
  /** Null: of a visitor. */
  readonly user: string | null;
  readonly sent: SentEvent[];
  /** All events up to this `seq` are acknowledged. */
  acked: number;
  /** The named user whom the visitor was asked to become. */
  merge?: { readonly user: string; isDone: boolean };
}

/** What an item may be: as the last answer left it, or as the call under way makes it. Undefined: it is deleted. */
export interface LedgerItem {
  /** Null: never put. */
  done: number | undefined | null;
  asked: number | undefined | null;
}

interface LedgerConnection {
  readonly frames: WireFrames;
  session: string;
  /** Bytes that were handed to the socket and come again. */
  repeats: number;
}

/** What was asked for and what was promised, up to a record of the recording. */
export class PromiseLedger {
  readonly sessions = new Map<string, LedgerSession>();
  readonly posts = new Map<string, PostedEvent & { isDone: boolean }>();
  readonly items = new Map<number, LedgerItem>();
  /** Fingerprint that serves; undefined while a swap was never answered. */
  fingerprint: string | undefined;
  isSwapAsked = false;
  /** The last snapshot that was answered, and whether another was asked for since. */
  snapshot: { name: string; isNewerAsked: boolean } | undefined;
  /** Events acknowledged so far. */
  acknowledged = 0;
  /** True once anything was promised at all. */
  isOpen = false;
  /** By process and number. */
  readonly #connections = new Map<string, LedgerConnection>();
  /** Sends whose end was not recorded yet. */
  readonly #sends = new Map<bigint, { readonly connection: LedgerConnection; readonly bytes: number }>();

  take(record: LogRecord): void {
    if (record.kind === RECORD.mark) this.#takeMark(JSON.parse(record.bytes.toString('utf8')) as PromiseMark);
    else if (record.kind === RECORD.send) this.#takeSent(record);
    else if (record.kind === RECORD.end) this.#endSend(record);
  }

  #takeMark(mark: PromiseMark): void {
    switch (mark.m) {
      case 'session': {
        const known = this.#sessionOf(mark.session);
        this.sessions.set(mark.session, { ...known, user: mark.user });
        return;
      }
      case 'sent':
        this.#sessionOf(mark.session).sent.push(mark.event);
        return;
      case 'merge':
        this.#sessionOf(mark.session).merge = { user: mark.user, isDone: false };
        return;
      case 'posted':
        for (const event of mark.events) this.posts.set(event.id, { ...event, isDone: false });
        return;
      case 'post-done':
        for (const id of mark.ids) this.posts.get(id)!.isDone = true;
        this.acknowledged += mark.ids.length;
        return;
      case 'put':
        for (const { item, price } of mark.items)
          this.items.set(item, { done: null, ...this.items.get(item), asked: price });
        return;
      case 'put-done':
        this.isOpen = true;
        for (const item of this.items.values()) item.done = item.asked;
        return;
      default:
        this.#takeOperation(mark);
    }
  }

  #takeOperation(mark: PromiseMark): void {
    if (mark.m === 'snapshot' && this.snapshot !== undefined) this.snapshot.isNewerAsked = true;
    else if (mark.m === 'snapshot-done') this.snapshot = { name: mark.name, isNewerAsked: false };
    else if (mark.m === 'swap') this.isSwapAsked = true;
    else if (mark.m === 'swap-done') this.fingerprint = mark.fingerprint;
  }

  /** What the gateway is about to send counts: it may have left when the power goes. */
  #takeSent({ id, inode, bytes }: LogRecord): void {
    const name = `${id >> 40n} ${inode}`;
    let connection = this.#connections.get(name);
    if (connection === undefined)
      this.#connections.set(name, (connection = { frames: new WireFrames(), session: '', repeats: 0 }));
    this.#sends.set(id, { connection, bytes: bytes.length });
    const fresh = bytes.subarray(connection.repeats);
    connection.repeats = Math.max(0, connection.repeats - bytes.length);
    this.#takeMessages(connection, fresh);
  }

  /** What the socket did not take is sent again. */
  #endSend({ id, at }: LogRecord): void {
    const send = this.#sends.get(id);
    if (send === undefined) return;
    this.#sends.delete(id);
    send.connection.repeats += send.bytes - Math.max(0, at);
  }

  #takeMessages(connection: LedgerConnection, bytes: Buffer): void {
    for (const message of connection.frames.take(bytes)) {
      if (message['t'] === 'welcome') {
        connection.session = String(message['session']);
        this.#acknowledge(connection.session, Number(message['seq']));
      } else if (message['t'] === 'ack') this.#acknowledge(connection.session, Number(message['seq']));
      else if (message['t'] === 'identified') this.#merged(connection.session);
    }
  }

  #acknowledge(session: string, seq: number): void {
    const known = this.#sessionOf(session);
    this.acknowledged += Math.max(0, seq - known.acked);
    known.acked = Math.max(known.acked, seq);
  }

  #merged(session: string): void {
    const { merge } = this.#sessionOf(session);
    if (merge !== undefined) merge.isDone = true;
  }

  #sessionOf(session: string): LedgerSession {
    let known = this.sessions.get(session);
    if (known === undefined)
      this.sessions.set(session, (known = { session, user: null, sent: [], acked: 0 }));
    return known;
  }
}
