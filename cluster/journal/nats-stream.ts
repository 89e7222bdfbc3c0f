import type { MsgRequest } from '@nats-io/jetstream';
import type { Engine } from '../engine/engine.js';
import type { AppendAnswer, PartitionStream, StoredMessage, StreamBounds } from './partition-stream.js';
import {
  apiErrorCode,
  askLeader,
  askReplicas,
  doorsOf,
  inTurn,
  managerOf,
  type Doors,
} from './stream-doors.js';

/** A stream as it is made; one that is there already with other figures is refused by the server. */
export interface StreamPlan {
  /** Name of the stream, and of its one subject. */
  readonly name: string;
  /** Servers that keep a copy: 3, or 1 where there is one server. */
  readonly replicas: number;
  /** Appends are refused while it has more; it is purged by snapshots, not by itself. */
  readonly bytesMax: number;
}

/** Messages up to this length go over both connections where the first is silent: whoever takes a partition over does not wait for a server that is gone. */
const SHORT_BYTES = 4_096;

/** `wrong last sequence: N`, and the same without N while appends are under way. */
const WRONG_LAST_SEQUENCE = new Set<number | undefined>([10_071, 10_164]);
const APPEND_MS = 1_000;

/** The stream of a partition on NATS servers, made where it is not there. Rejects when the servers do not take it. */
export async function openNatsStream(
  engine: Engine,
  plan: StreamPlan,
  pause: (ms: number) => Promise<void>,
): Promise<PartitionStream> {
  await makeNatsStream(engine, plan);
  return natsStream(engine, plan.name, pause);
}

/** A stream that is there, without asking for it: whoever takes a partition over does not wait for the servers' leader. */
export async function natsStream(
  engine: Engine,
  name: string,
  pause: (ms: number) => Promise<void>,
): Promise<PartitionStream> {
  return new NatsStream(name, await doorsOf(engine, pause));
}

/** Makes a stream where it is not there. Rejects when the servers do not take it. */
export async function makeNatsStream(engine: Engine, plan: StreamPlan): Promise<void> {
  const manager = await managerOf(engine.main);
  await manager.streams.add({
    name: plan.name,
    subjects: [plan.name],
    num_replicas: plan.replicas,
    max_bytes: plan.bytesMax,
    storage: 'file',
    retention: 'limits',
    discard: 'new',
    allow_direct: true,
    deny_delete: true,
  });
}

class NatsStream implements PartitionStream {
  readonly #name: string;
  readonly #doors: Doors;

  constructor(name: string, doors: Doors) {
    this.#name = name;
    this.#doors = doors;
  }

  async append(bytes: Uint8Array, expectedLast: number): Promise<AppendAnswer> {
    const { clients, order } = this.#doors;
    const times = bytes.length > SHORT_BYTES ? 1 : clients.length;
    try {
      return await inTurn(this.#doors, { times }, (at) => this.#appendOver(at, bytes, expectedLast));
    } catch (error) {
      order.first = (order.first + 1) % clients.length;
      return { kind: 'unknown', why: (error as Error).message };
    }
  }

  /** Rejects where it is not known what became of it. */
  async #appendOver(at: number, bytes: Uint8Array, expectedLast: number): Promise<AppendAnswer> {
    const expect = { lastSequence: expectedLast };
    try {
      const { seq } = await this.#doors.clients[at].publish(this.#name, bytes, {
        expect,
        timeout: APPEND_MS,
      });
      return { kind: 'stored', sequence: seq };
    } catch (error) {
      if (WRONG_LAST_SEQUENCE.has(apiErrorCode(error))) return { kind: 'wrong' };
      throw error;
    }
  }

  read(from: number, countMax: number, turn = 0): Promise<StoredMessage[]> {
    return askReplicas(this.#doors, this.#name, { from, countMax, turn });
  }

  async ofLeader(from: number): Promise<StoredMessage | undefined> {
    const found = await askLeader(this.#doors, ({ streams }) =>
      // The server has this pair, and the library's type leaves it out.
      streams.getMessage(this.#name, { seq: from, next_by_subj: this.#name } as MsgRequest),
    );
    return found === null ? undefined : { sequence: found.seq, bytes: found.data };
  }

  async bounds(): Promise<StreamBounds> {
    const { state } = await askLeader(this.#doors, async ({ streams }) => {
      const info = await streams.info(this.#name);
      // Without a leader any server answers with what it has; another connection may lead to one that knows the leader.
      if (info.cluster !== undefined && !info.cluster.leader) throw new Error('the stream has no leader');
      return info;
    });
    const { messages, first_seq: first, last_seq: last, bytes } = state;
    return { first: messages === 0 ? last + 1 : first, last, bytes };
  }

  async purge(before: number): Promise<void> {
    const [{ streams }] = this.#doors.managers;
    await streams.purge(this.#name, { seq: before });
  }
}
