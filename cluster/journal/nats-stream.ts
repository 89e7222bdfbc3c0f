import {
  DiscardPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type BatchCallback,
  type DirectStreamAPI,
  type JetStreamClient,
  type JetStreamManager,
  type StoredMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Engine } from '../engine/engine.js';
import { hedged } from '../engine/hedged.js';
import type { AppendAnswer, PartitionStream, StoredMessage, StreamBounds } from './partition-stream.js';

/** A stream as it is made; one that is there already with other figures is refused by the server. */
export interface StreamPlan {
  /** Name of the stream, and of its one subject. */
  readonly name: string;
  /** Servers that keep a copy: 3, or 1 where there is one server. */
  readonly replicas: number;
  /** Appends are refused while it has more; it is purged by snapshots, not by itself. */
  readonly bytesMax: number;
}

/** `wrong last sequence: N`, and the same without N while appends are under way. */
const WRONG_LAST_SEQUENCE = new Set([10_071, 10_164]);
/** Status of an answer that has none. */
const NO_MESSAGE = 404;
const APPEND_MS = 1_000;
const BOUNDS_MS = 1_000;
const READ_MS = 5_000;
/**
 * A replica that is frozen says nothing: another is asked as well after this time, over the other connection in turn. A server
 * whose own replica is behind gives the question to any other, the frozen one too, so it is asked until the first ask ends.
 */
const ASK_NEXT_MS = 250;
const ASKS = READ_MS / ASK_NEXT_MS;

/** The stream of a partition on NATS servers, made where it is not there. Rejects when the servers do not take it. */
export async function openNatsStream(
  engine: Engine,
  plan: StreamPlan,
  pause: (ms: number) => Promise<void>,
): Promise<PartitionStream> {
  await makeNatsStream(engine, plan);
  return natsStream(engine, plan.name, pause);
}

/** Reads what a stream has of one subject, from a sequence on, `countMax` messages at most. */
export type SubjectRead = (subject: string, from: number, countMax: number) => Promise<StoredMessage[]>;

/**
 * Reads of a stream of many subjects, by direct gets: where a consumer cannot be made, or its messages do not come, these still work. A
 * replica that is behind may have none yet, which is no end.
 */
export async function subjectReads(
  engine: Engine,
  name: string,
  pause: (ms: number) => Promise<void>,
): Promise<SubjectRead> {
  const doors = await doorsOf(engine, pause);
  return (subject, from, countMax) =>
    ask(doors, ASKS, ({ direct }) => directly(direct, name, { from, countMax, subject }));
}

/** A stream that is there, without asking for it: whoever takes a partition over does not wait for the servers' leader. */
export async function natsStream(
  engine: Engine,
  name: string,
  pause: (ms: number) => Promise<void>,
): Promise<PartitionStream> {
  return new NatsStream(name, await doorsOf(engine, pause));
}

async function doorsOf(engine: Engine, pause: (ms: number) => Promise<void>): Promise<Doors> {
  const managers = await Promise.all([engine.main, engine.spare].map((one) => managerOf(one, BOUNDS_MS)));
  return { clients: [jetstream(engine.main), jetstream(engine.spare)], managers, pause };
}

/** Makes a stream where it is not there. Rejects when the servers do not take it. */
export async function makeNatsStream(engine: Engine, plan: StreamPlan): Promise<void> {
  const manager = await managerOf(engine.main);
  await manager.streams.add({
    name: plan.name,
    subjects: [plan.name],
    num_replicas: plan.replicas,
    max_bytes: plan.bytesMax,
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.New,
    allow_direct: true,
    deny_delete: true,
  });
}

function managerOf(connection: NatsConnection, timeout?: number): Promise<JetStreamManager> {
  return jetstreamManager(connection, { checkAPI: false, ...(timeout !== undefined && { timeout }) });
}

/** One of each for each connection, which take turns where one says nothing. */
interface Doors {
  readonly clients: readonly JetStreamClient[];
  readonly managers: readonly JetStreamManager[];
  readonly pause: (ms: number) => Promise<void>;
}

class NatsStream implements PartitionStream {
  readonly #name: string;
  readonly #doors: Doors;
  /** Appends that were not answered: the next one goes over the other connection. */
  #unanswered = 0;

  constructor(name: string, doors: Doors) {
    this.#name = name;
    this.#doors = doors;
  }

  async append(bytes: Uint8Array, expectedLast: number): Promise<AppendAnswer> {
    const { clients } = this.#doors;
    const client = clients[this.#unanswered % clients.length];
    try {
      const expect = { lastSequence: expectedLast };
      const { seq } = await client.publish(this.#name, bytes, { expect, timeout: APPEND_MS });
      return { kind: 'stored', sequence: seq };
    } catch (error) {
      if (error instanceof JetStreamApiError && WRONG_LAST_SEQUENCE.has(error.code)) return { kind: 'wrong' };
      this.#unanswered++;
      return { kind: 'unknown', why: (error as Error).message };
    }
  }

  read(from: number, countMax: number): Promise<StoredMessage[]> {
    return ask(this.#doors, ASKS, ({ direct }) => directly(direct, this.#name, { from, countMax }));
  }

  async bounds(): Promise<StreamBounds> {
    const { managers } = this.#doors;
    const { state } = await ask(this.#doors, managers.length, ({ streams }) => streams.info(this.#name));
    const { messages, first_seq: first, last_seq: last, bytes } = state;
    return { first: messages === 0 ? last + 1 : first, last, bytes };
  }

  async purge(before: number): Promise<void> {
    const [{ streams }] = this.#doors.managers;
    await streams.purge(this.#name, { seq: before });
  }
}

/** Asks over the connections in turn, so often at most. */
function ask<T>(
  { managers, pause }: Doors,
  times: number,
  question: (manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const asks = Array.from({ length: times }, (_, turn) => () => question(managers[turn % managers.length]));
  return hedged(asks, { afterMs: ASK_NEXT_MS, pause });
}

/** Of which messages; of all subjects where none is named. */
interface DirectRead {
  readonly from: number;
  readonly countMax: number;
  readonly subject?: string;
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
