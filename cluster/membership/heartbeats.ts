import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Service } from '../../metrics/process/service-stack.js';
import { HEARTBEAT_MS, type Heartbeat, type Membership } from './membership.js';

const heartbeat = z.object({ node: z.string(), hears: z.array(z.string()) });

/**
 * Tells all nodes of a cluster of this one, and its membership of all others, until it is stopped. Over core NATS: a heartbeat
 * that comes late is worth nothing.
 *
 * @param subject the same for all nodes of the cluster, and for nothing else
 */
export function startHeartbeats(
  connection: NatsConnection,
  subject: string,
  membership: Membership,
): Service {
  const heard = connection.subscribe(subject, {
    callback: (error, message) => {
      if (error === null) hear(membership, message.data);
    },
  });
  const beat = (): void => send(connection, subject, membership.beat());
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return { stop: () => end(timer, heard) };
}

/** What is no heartbeat, of a later version say, is not heard. */
function hear(membership: Membership, bytes: Uint8Array): void {
  const read = heartbeat.safeParse(parsed(bytes));
  if (read.success) membership.hear(read.data);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A beat without a server is not kept for later. */
function send(connection: NatsConnection, subject: string, beat: Heartbeat): void {
  if (!connection.isClosed()) connection.publish(subject, JSON.stringify(beat));
}

function end(timer: NodeJS.Timeout, heard: Subscription): void {
  clearInterval(timer);
  if (!heard.isClosed()) heard.unsubscribe();
}
