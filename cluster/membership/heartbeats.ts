import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Service } from '../../metrics/process/service-stack.js';
import { HEARTBEAT_MS, SUSPECT_MS, type Membership } from './membership.js';

/** A partition that a node serves, and the sequence of the message that made it the owner. */
const claim = z.tuple([z.number().int().min(0), z.number().int().min(1)]);
const heartbeat = z.object({
  node: z.string(),
  /** Counts up while the node runs: what a connection kept for later comes behind what another one brought. 0: not told. */
  number: z.number().default(0),
  hears: z.array(z.string()),
  ages: z.array(z.number()).default([]),
  leaves: z.boolean().optional(),
  /** Where its partitions are used, `host:port`. */
  at: z.string().default(''),
  /** Where pages reach its sockets; '': nobody is to be told. */
  url: z.string().default(''),
  owns: z.array(claim).default([]),
  /** How far it has carried out the changes of the catalogue, and what that came to. */
  catalogue: z
    .object({ sequence: z.number().int().min(0), digest: z.number() })
    .default({ sequence: 0, digest: 0 }),
});

/** All that a node tells. */
export type ToldBeat = z.infer<typeof heartbeat>;

/** What a node tells of itself besides that it is there. */
export type NodeClaims = Pick<z.infer<typeof heartbeat>, 'at' | 'url' | 'owns' | 'catalogue'>;

/** Who tells and hears heartbeats. */
export interface HeartbeatEnds {
  readonly membership: Membership;
  /** This node's own claims, of now. */
  readonly claims: () => NodeClaims;
  /** Of nodes that are known. */
  readonly heard: (node: string, claims: NodeClaims) => void;
}

/**
 * Tells all nodes of a cluster of this one, and its membership of all others, until it is stopped, which it tells as well. Over core NATS: a
 * heartbeat that comes late is worth nothing. Over all connections, which go to different servers: where one of those is cut off, nodes that
 * were connected to it hear each other still.
 */
export class Heartbeats implements Service {
  readonly #connections: readonly NatsConnection[];
  readonly #subject: string;
  readonly #ends: HeartbeatEnds;
  readonly #heard: readonly Subscription[];
  readonly #timer: NodeJS.Timeout;
  #number: number;
  /** By node, the newest, and when it was heard (ms of `performance.now`). */
  readonly #newest = new Map<string, { readonly number: number; readonly atMs: number }>();

  /** @param subject the same for all nodes of the cluster, and for nothing else */
  constructor(connections: readonly NatsConnection[], subject: string, ends: HeartbeatEnds) {
    this.#connections = connections;
    this.#subject = subject;
    this.#ends = ends;
    // The next run of a node counts on where this one will not have come to.
    this.#number = Date.now();
    this.#heard = connections.map((connection) =>
      connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) this.#hear(message.data);
        },
      }),
    );
    this.#timer = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.beat();
  }

  /** Tells it now: what this node owns has changed. */
  beat(): void {
    this.#send(false);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#send(true);
    for (const heard of this.#heard) if (!heard.isClosed()) heard.unsubscribe();
  }

  #hear(bytes: Uint8Array): void {
    const data = beatOf(bytes);
    if (data === undefined || this.#isLate(data) || !this.#ends.membership.hear(data)) return;
    this.#newest.set(data.node, { number: data.number, atMs: performance.now() });
    this.#ends.heard(data.node, data);
  }

  /** A node that is silent may have begun again, with a clock that was set back. */
  #isLate({ node, number }: ToldBeat): boolean {
    const newest = this.#newest.get(node);
    return newest !== undefined && number < newest.number && performance.now() - newest.atMs < SUSPECT_MS;
  }

  /** What a connection without a server keeps for later is late then (`#isLate`). */
  #send(leaves: boolean): void {
    const { membership, claims } = this.#ends;
    const beat = JSON.stringify({
      number: this.#number++,
      ...membership.beat(),
      ...claims(),
      ...(leaves && { leaves, owns: [] }),
    });
    for (const connection of this.#connections)
      if (!connection.isClosed()) connection.publish(this.#subject, beat);
  }
}

/** Undefined for what is no heartbeat, of a later version say. */
export function beatOf(bytes: Uint8Array): ToldBeat | undefined {
  return heartbeat.safeParse(parsed(bytes)).data;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
