import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AfterclickClient } from '../../gateway/client/index.js';
import { ManualClock, MapStorage, socketFactory } from '../support/gateway/client-harness.js';
import { ModelGateway } from './client-model.js';

type Step =
  | { readonly do: 'track'; readonly isBad: boolean; readonly count: number }
  | { readonly do: 'read' | 'work' | 'deliver'; readonly count: number }
  | { readonly do: 'commit' | 'ackAgain' | 'drop' | 'bye' | 'crash' | 'reload' | 'overload' | 'relief' }
  | { readonly do: 'wait'; readonly ms: number };

const count = fc.integer({ min: 1, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('track' as const), isBad: fc.boolean(), count }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constantFrom('read' as const, 'work' as const, 'deliver' as const),
      count,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'ackAgain' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'drop' as const,
        'bye' as const,
        'crash' as const,
        'reload' as const,
        'overload' as const,
        'relief' as const,
      ),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 50, 400, 40_000) }),
  },
);

/** A page and a gateway with a test between them. */
class World {
  readonly gateway = new ModelGateway();
  readonly clock = new ManualClock();
  readonly tracked: string[] = [];
  readonly refused: string[] = [];
  readonly #storage = new MapStorage();
  readonly #factory = socketFactory();
  #accepted = 0;
  client = this.#load();

  run(next: Step): void {
    if (next.do === 'track') for (let i = 0; i < next.count; i++) this.#track(next.isBad && i === 0);
    else if (next.do === 'read') this.gateway.read(next.count);
    else if (next.do === 'work') this.gateway.work(next.count);
    else if (next.do === 'deliver') this.gateway.deliver(next.count);
    else if (next.do === 'commit') this.gateway.commit();
    else if (next.do === 'ackAgain') this.gateway.acknowledgeAgain();
    else if (next.do === 'drop') this.gateway.drop();
    else if (next.do === 'bye') this.gateway.drop(1001);
    else if (next.do === 'crash') this.gateway.crash();
    else if (next.do === 'overload') this.gateway.isOverloaded = true;
    else if (next.do === 'relief') this.gateway.isOverloaded = false;
    else if (next.do === 'wait') this.clock.advance(next.ms);
    else this.#reload();
    this.#connect();
  }

  /** Lets everything that is under way come to its end. */
  heal(): void {
    this.gateway.isOverloaded = false;
    for (
      let round = 0;
      round < 2_000 && !(this.gateway.isIdle && this.client.pending.length === 0);
      round++
    ) {
      this.#connect();
      this.gateway.read(Infinity);
      this.gateway.work(Infinity);
      this.gateway.commit();
      this.gateway.deliver(Infinity);
      if (this.gateway.isIdle) this.clock.advance(1_000);
    }
  }

  #load(): AfterclickClient {
    const client = new AfterclickClient({
      url: 'http://gateway.test',
      storage: this.#storage,
      session: 's-1',
      WebSocket: this.#factory.WebSocket,
      clock: this.clock,
      random: () => 0.5,
    });
    client.on('refused', ({ ticket }) => this.refused.push(ticket.fields.item!));
    return client;
  }

  #track(isBad: boolean): void {
    const item = `${isBad ? 'bad' : 'good'}-${this.tracked.length}`;
    this.tracked.push(item);
    this.client.track('view_item', { item });
  }

  #reload(): void {
    this.client.close();
    this.gateway.drop();
    this.client = this.#load();
  }

  #connect(): void {
    const { sockets } = this.#factory;
    while (this.#accepted < sockets.length) {
      const socket = sockets[this.#accepted++];
      if (!socket.isClosedByPage) this.gateway.accept(socket);
    }
  }
}

describe('delivery of events', () => {
  it('[D2] [D3] applies each event that is not refused exactly once and in order, whatever gets lost, repeated or refused', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World();
        for (const next of steps) world.run(next);
        world.heal();
        expect(world.gateway.applied).toEqual(world.tracked.filter((item) => item.startsWith('good')));
        expect(world.refused).toEqual(world.tracked.filter((item) => item.startsWith('bad')));
        expect(world.client.pending).toEqual([]);
        world.client.close();
        expect(world.clock.timerCount).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
