import {
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type BatchCallback,
  type DirectStreamAPI,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Engine } from '../engine/engine.js';
import { hedged } from '../engine/hedged.js';
import type { StoredMessage } from './partition-stream.js';

/** One of each for each connection, which take turns where one says nothing. */
export interface Doors {
  readonly clients: readonly JetStreamClient[];
  readonly managers: readonly JetStreamManager[];
  /** Number of the connection that answered last, which is asked first. */
  readonly order: { first: number };
  readonly pause: (ms: number) => Promise<void>;
}

/** Messages from a sequence on, so many at most; of all subjects where none is named. */
export interface DirectRead {
  readonly from: number;
  readonly countMax: number;
  readonly subject?: string;
  /** Number of the connection to begin with, if it is not the first: a server answers with its own replica, which may be behind. */
  readonly turn?: number;
}

/** Status of an answer that has none. */
const NO_MESSAGE = 404;
const LEADER_MS = 1_000;
const READ_MS = 5_000;
/**
 * A replica that is frozen says nothing: another is asked as well after this time, over the other connection in turn. A server
 * whose own replica is behind gives the question to any other, the frozen one too, so it is asked until the first ask ends.
 */
const ASK_NEXT_MS = 250;
const ASKS = READ_MS / ASK_NEXT_MS;

export async function doorsOf(engine: Engine, pause: (ms: number) => Promise<void>): Promise<Doors> {
  const managers = await Promise.all([engine.main, engine.spare].map((one) => managerOf(one, LEADER_MS)));
  return { clients: [jetstream(engine.main), jetstream(engine.spare)], managers, order: { first: 0 }, pause };
}

export function managerOf(connection: NatsConnection, timeout?: number): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, ...(timeout !== undefined && { timeout }) });
}

/** The code of an error that a server answered with; undefined for other errors. */
export function apiErrorCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.code : undefined;
}

/** What a stream's leader says, over one connection or the other. Rejects within 2 s when there is none. */
export function askLeader<T>(doors: Doors, question: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const { managers } = doors;
  return inTurn(doors, { times: managers.length }, (at) => question(managers[at]));
}

/** What any replica has. One that is behind gives fewer messages, or none. Rejects when none answers. */
export function askReplicas(doors: Doors, name: string, read: DirectRead): Promise<StoredMessage[]> {
  return inTurn(doors, { times: ASKS, first: read.turn ?? 0 }, (at) =>
    directly(doors.managers[at].direct, name, read),
  );
}

/** Asks over the connections in turn, `times` at most, beginning `first` behind the one that answered last; `ask` gets the number of one. */
export function inTurn<T>(
  { managers, order, pause }: Doors,
  { times, first = 0 }: { readonly times: number; readonly first?: number },
  ask: (at: number) => Promise<T>,
): Promise<T> {
  const begin = order.first + first;
  const asks = Array.from({ length: times }, (_, turn) => async () => {
    const at = (begin + turn) % managers.length;
    const answer = await ask(at);
    if (turn > 0) order.first = at;
    return answer;
  });
  return hedged(asks, { afterMs: ASK_NEXT_MS, pause });
}

/** A batched get, which any replica answers. The bytes are copies: those of the connection hold whole packets. */
function directly(
  direct: DirectStreamAPI,
  name: string,
  { from, countMax, subject }: DirectRead,
): Promise<StoredMessage[]> {
  const found: StoredMessage[] = [];
  return new Promise((resolve, reject) => {
    const callback: BatchCallback<StoredMsg> = (end, message) => {
      if (end === null) {
        found.push({ sequence: message.seq, bytes: Uint8Array.from(message.data) });
        return;
      }
      clearTimeout(late);
      if (end.err === undefined || isEnd(end.err)) resolve(found);
      else reject(end.err);
    };
    const ofSubject = subject === undefined ? {} : { next_by_subj: subject };
    const batch = direct.getBatch(name, { seq: from, batch: countMax, ...ofSubject, callback });
    // The library ends a batch by itself only until its first message has come.
    const late = setTimeout(() => {
      void batch.then((messages) => messages.stop(new Error('a replica did not end its answer')));
    }, READ_MS);
    batch.catch(reject);
  });
}

/** True when there is no message yet where one was asked for. */
function isEnd(error: Error): boolean {
  return 'code' in error && error.code === NO_MESSAGE;
}
