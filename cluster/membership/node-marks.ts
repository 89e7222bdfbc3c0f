import type { KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Service } from '../../metrics/process/service-stack.js';
import { openBucket } from './kv-bucket.js';
import type { NodeMark } from './membership.js';

const MARKS: ReadonlySet<string> = new Set<NodeMark>(['member', 'draining', 'evicted']);

/** Nodes of a cluster and what is said of them, kept by the NATS servers: slow facts, which change when somebody wants it. */
export class NodeMarks implements Service {
  readonly #bucket: KV;
  readonly #marks = new Map<string, NodeMark>();
  readonly #onChange: (marks: ReadonlyMap<string, NodeMark>) => void;
  #stop = (): void => undefined;

  private constructor(bucket: KV, onChange: (marks: ReadonlyMap<string, NodeMark>) => void) {
    this.#bucket = bucket;
    this.#onChange = onChange;
  }

  /**
   * Opens the bucket, made where it is not there, and tells all that is in it at each change, and once at first.
   *
   * @param onChange what it is given is only valid during the call
   */
  static async open(
    connection: NatsConnection,
    bucket: { readonly name: string; readonly replicas: number },
    onChange: (marks: ReadonlyMap<string, NodeMark>) => void,
  ): Promise<NodeMarks> {
    const marks = new NodeMarks(await openBucket(connection, bucket), onChange);
    await marks.#watch();
    return marks;
  }

  /** Makes a node known, or says something else of it. A node's name has letters, digits, `-` and `_`. */
  async set(node: string, mark: NodeMark): Promise<void> {
    await this.#bucket.put(node, mark);
  }

  /** A node that comes for the first time is a member; what was said of it before stays said. */
  async register(node: string): Promise<void> {
    if ((await this.#bucket.get(node)) === null) await this.#bucket.create(node, 'member');
  }

  /** A node that is gone for good: it counts for no majority any more. */
  async remove(node: string): Promise<void> {
    await this.#bucket.delete(node);
  }

  stop(): void {
    this.#stop();
  }

  async #watch(): Promise<void> {
    const changes = await this.#bucket.watch();
    this.#stop = () => changes.stop();
    void (async () => {
      for await (const entry of changes) {
        const mark = entry.operation === 'PUT' ? entry.string() : '';
        if (MARKS.has(mark)) this.#marks.set(entry.key, mark as NodeMark);
        else this.#marks.delete(entry.key);
        this.#onChange(this.#marks);
      }
    })();
  }
}
