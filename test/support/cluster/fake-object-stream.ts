import type { ObjectStream } from '../../../cluster/objects/object-stream.js';
import type { StoredMessage } from '../../../cluster/journal/partition-stream.js';

interface Kept extends StoredMessage {
  readonly subject: string;
  readonly atMs: number;
}

/** The stream of a bucket in memory: what its leader has, and a replica that may have none of it. */
export class FakeObjectStream implements ObjectStream {
  readonly #kept: Kept[] = [];
  #last = 0;
  nowMs = 0;
  hasLeader = true;
  /** The replica that is asked has nothing. */
  isReplicaEmpty = false;
  /** Called before each answer of the leader. */
  beforeLeader: () => void = () => undefined;

  store(subject: string, text: string): void {
    const bytes = Buffer.from(text);
    this.#kept.push({ subject, bytes, sequence: ++this.#last, atMs: this.nowMs });
  }

  async some(subject: string, from: number, countMax: number): Promise<StoredMessage[]> {
    return this.isReplicaEmpty ? [] : this.#of(subject, from).slice(0, countMax);
  }

  async one(subject: string, from: number): Promise<StoredMessage | undefined> {
    this.#askLeader();
    return this.#of(subject, from).at(0);
  }

  async subjects(filter: string): Promise<string[]> {
    this.#askLeader();
    const start = filter.slice(0, -1);
    return [...new Set(this.#kept.map(({ subject }) => subject))].filter((one) => one.startsWith(start));
  }

  async lastAtMs(subject: string): Promise<number | undefined> {
    this.#askLeader();
    return this.#of(subject, 1).at(-1)?.atMs;
  }

  async purge(subject: string): Promise<void> {
    this.#askLeader();
    const left = this.#kept.filter((one) => one.subject !== subject);
    this.#kept.splice(0, Infinity, ...left);
  }

  #of(subject: string, from: number): Kept[] {
    return this.#kept.filter((one) => one.subject === subject && one.sequence >= from);
  }

  #askLeader(): void {
    this.beforeLeader();
    if (!this.hasLeader) throw new Error('JetStream system temporarily unavailable');
  }
}
