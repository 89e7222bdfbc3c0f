import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Service } from '../../metrics/process/service-stack.js';
import { keptUnder, openBucket } from './kv-bucket.js';
import type { NodeMark } from './membership.js';

const MARKS: ReadonlySet<string> = new Set<NodeMark>(['member', 'leaving', 'draining', 'evicted']);
/** A node's name has no dot. */
const PIN = /^partition\.(\d+)$/;

/** What is kept of the nodes of a cluster. */
export interface NodesSaid {
  readonly marks: ReadonlyMap<string, NodeMark>;
  /** Partitions that go to another node than their placement says, for as long as that one may have them. */
  readonly pins: ReadonlyMap<number, string>;
}

/** Nodes of a cluster and what is said of them, kept by the NATS servers: slow facts, which change when somebody wants it. */
export class NodeMarks implements Service {
  readonly #bucket: KV;
  readonly #marks = new Map<string, NodeMark>();
  readonly #pins = new Map<number, string>();
  #stop = (): void => undefined;

  constructor(bucket: KV) {
    this.#bucket = bucket;
  }

  /**
   * Opens the bucket, made where it is not there, and tells all that is in it at each change, and once at first.
   *
   * @param onChange what it is given is only valid during the call
   */
  static async open(
    connection: NatsConnection,
    bucket: { readonly name: string; readonly replicas: number },
    onChange: (said: NodesSaid) => void,
  ): Promise<NodeMarks> {
    const marks = new NodeMarks(await openBucket(connection, bucket));
    await marks.#watch(onChange);
    return marks;
  }

  /** All that is said now. */
  async read(): Promise<NodesSaid> {
    this.#marks.clear();
    this.#pins.clear();
    const keys: string[] = [];
    for await (const key of await this.#bucket.keys()) keys.push(key);
    for (const key of keys) this.#learn(key, (await keptUnder(this.#bucket, key)).text ?? '');
    return { marks: this.#marks, pins: this.#pins };
  }

  /** Makes a node known, or says something else of it. A node's name has letters, digits, `-` and `_`. */
  async set(node: string, mark: NodeMark): Promise<void> {
    await this.#bucket.put(node, mark);
  }

  /** The partition goes to this node; with none, to where its placement says. */
  async pin(partition: number, node: string | undefined): Promise<void> {
    const key = `partition.${partition}`;
    if (node === undefined) await this.#bucket.delete(key);
    else await this.#bucket.put(key, node);
  }

  /** A node that comes for the first time, or that left to be started again, is a member; what else was said of it before stays said. */
  async register(node: string): Promise<void> {
    const { text } = await keptUnder(this.#bucket, node);
    if (text === 'leaving') await this.set(node, 'member');
    else if (text === undefined) await this.#bucket.create(node, 'member');
  }

  /** A node that is gone for good: it counts for no majority any more. */
  async remove(node: string): Promise<void> {
    await this.#bucket.delete(node);
  }

  stop(): void {
    this.#stop();
  }

  async #watch(onChange: (said: NodesSaid) => void): Promise<void> {
    const changes = await this.#bucket.watch();
    this.#stop = () => changes.stop();
    void (async () => {
      for await (const entry of changes) {
        this.#learn(entry.key, entry.operation === 'PUT' ? entry.string() : '');
        onChange({ marks: this.#marks, pins: this.#pins });
      }
    })();
  }

  /** `value` is '' when nothing is said any more. */
  #learn(key: string, value: string): void {
    const partition = PIN.exec(key)?.[1];
    if (partition !== undefined) {
      if (value === '') this.#pins.delete(Number(partition));
      else this.#pins.set(Number(partition), value);
    } else if (MARKS.has(value)) this.#marks.set(key, value as NodeMark);
    else this.#marks.delete(key);
  }
}
