import type { MsgRequest } from '@nats-io/jetstream';
import type { Engine } from '../engine/engine.js';
import type { StoredMessage } from '../journal/partition-stream.js';
import { askLeader, askReplicas, doorsOf, type Doors } from '../journal/stream-doors.js';

/** The stream of a bucket of objects, read and cleaned without a consumer: servers that have just come back make none for seconds. */
export interface ObjectStream {
  /** Messages of a subject from a sequence on, by any replica. One that is behind, or has lost its index, gives fewer, or none. Rejects when none answers. */
  some(subject: string, from: number, countMax: number): Promise<StoredMessage[]>;
  /** The first of them, by the leader; undefined when there is none. Rejects while the stream has no leader. */
  one(subject: string, from: number): Promise<StoredMessage | undefined>;
  /** Subjects that fit a filter and have messages, by the leader. Rejects as `one`. */
  subjects(filter: string): Promise<string[]>;
  /** When the last message of a subject was stored, epoch ms by the servers' clocks; undefined when there is none. Rejects as `one`. */
  lastAtMs(subject: string): Promise<number | undefined>;
  /** Takes all messages of a subject away. Rejects as `one`; it may be done all the same. */
  purge(subject: string): Promise<void>;
}

/** @param bucket name of a bucket that is there */
export async function objectStream(
  engine: Engine,
  bucket: string,
  pause: (ms: number) => Promise<void>,
): Promise<ObjectStream> {
  return new NatsObjectStream(`OBJ_${bucket}`, await doorsOf(engine, pause));
}

class NatsObjectStream implements ObjectStream {
  readonly #name: string;
  readonly #doors: Doors;

  constructor(name: string, doors: Doors) {
    this.#name = name;
    this.#doors = doors;
  }

  some(subject: string, from: number, countMax: number): Promise<StoredMessage[]> {
    return askReplicas(this.#doors, this.#name, { subject, from, countMax });
  }

  async one(subject: string, from: number): Promise<StoredMessage | undefined> {
    const found = await askLeader(this.#doors, ({ streams }) =>
      // The server has this pair, and the library's type leaves it out.
      streams.getMessage(this.#name, { seq: from, next_by_subj: subject } as MsgRequest),
    );
    return found === null ? undefined : { sequence: found.seq, bytes: found.data };
  }

  async subjects(filter: string): Promise<string[]> {
    const { state } = await askLeader(this.#doors, ({ streams }) =>
      streams.info(this.#name, { subjects_filter: filter }),
    );
    return Object.keys(state.subjects ?? {});
  }

  async lastAtMs(subject: string): Promise<number | undefined> {
    const found = await askLeader(this.#doors, ({ streams }) =>
      streams.getMessage(this.#name, { last_by_subj: subject }),
    );
    return found === null ? undefined : found.time.getTime();
  }

  async purge(subject: string): Promise<void> {
    await askLeader(this.#doors, ({ streams }) => streams.purge(this.#name, { filter: subject }));
  }
}
