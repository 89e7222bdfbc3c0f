import type { NatsConnection } from '@nats-io/transport-node';
import { afterEach, expect, test } from 'vitest';
import { Heartbeats, type NodeClaims } from '../../../../cluster/membership/heartbeats.js';
import { Membership } from '../../../../cluster/membership/membership.js';
import { FakeClock } from '../../../../metrics/process/clock.js';

const SUBJECT = 'alive';

type Hear = (error: null, message: { data: Uint8Array }) => void;

/** A server: what is published over one of its connections comes to all of them, or is kept while it is cut off. */
class Server {
  isCut = false;
  readonly kept: Uint8Array[] = [];
  readonly #heard: Hear[] = [];

  connection(): NatsConnection {
    return {
      isClosed: () => false,
      subscribe: (_: string, { callback }: { callback: Hear }) => {
        this.#heard.push(callback);
        return { isClosed: () => true };
      },
      publish: (_: string, text: string) => this.#take(Buffer.from(text)),
    } as unknown as NatsConnection;
  }

  mend(): void {
    this.isCut = false;
    for (const data of this.kept.splice(0)) this.#take(data);
  }

  #take(data: Uint8Array): void {
    if (this.isCut) this.kept.push(data);
    else for (const hear of this.#heard) hear(null, { data });
  }
}

const running: Heartbeats[] = [];

afterEach(() => {
  for (const beats of running.splice(0)) beats.stop();
});

function nodeOn(servers: readonly Server[], name: string) {
  const membership = new Membership(name, new FakeClock());
  membership.learn(
    new Map([
      ['a', 'member'],
      ['b', 'member'],
    ]),
  );
  const heard: NodeClaims['owns'][] = [];
  const own: NodeClaims = { at: '', url: '', owns: [], catalogue: { sequence: 0, digest: 0 } };
  const beats = new Heartbeats(
    servers.map((server) => server.connection()),
    SUBJECT,
    { membership, claims: () => own, heard: (node, { owns }) => void (node !== name && heard.push(owns)) },
  );
  running.push(beats);
  return { beats, membership, heard, own };
}

test('nodes that were connected to a server that is cut off hear each other over another one', () => {
  const servers = [new Server(), new Server()];
  servers[0].isCut = true;
  const a = nodeOn(servers, 'a');
  const b = nodeOn(servers, 'b');
  a.beats.beat();
  expect(b.membership.alive).toEqual(['a', 'b']);
  expect(a.membership.alive).toEqual(['a', 'b']);
});

test('what a connection kept for later says nothing behind what another one has brought', () => {
  const servers = [new Server(), new Server()];
  const b = nodeOn(servers, 'b');
  servers[0].isCut = true;
  const a = nodeOn(servers, 'a');
  Object.assign(a.own, { owns: [[3, 9]] });
  a.beats.beat();
  expect(b.heard.at(-1)).toEqual([[3, 9]]);
  const before = b.heard.length;
  servers[0].mend();
  // The newest beat comes twice; those before it do not.
  expect(b.heard.slice(before)).toEqual([[[3, 9]]]);
});
