import type { LiveUser } from './live-user.js';
import type { LiveUsers } from './live-users.js';
import type { QueuedCall } from './queued-call.js';
import type { Round } from './round.js';
import type { UserEvents } from './user-events.js';

/** Carries out the calls of open users that a round has admitted. One per shard. */
export class UserCalls {
  readonly #live: LiveUsers;
  readonly #round: Round;
  readonly #events: UserEvents;

  constructor(live: LiveUsers, round: Round, events: UserEvents) {
    this.#live = live;
    this.#round = round;
    this.#events = events;
  }

  /** The user is the one on the call's channel; a call that takes a row has one reserved in the round. */
  carryOut(user: LiveUser, call: QueuedCall): void {
    switch (call.op) {
      case 'close':
        this.#live.closeSession(user, call.session);
        return;
      case 'release':
        this.#live.release(call.channel);
        return;
      case 'unsubscribe':
        for (const name of call.names) user.slots.delete(name);
        return;
      case 'event':
        this.#events.take(user, call);
        return;
      case 'recovered':
        this.#events.takeRecovered(user, call);
        return;
      case 'subscribe': {
        const slots = call.slots.map((definition) => user.define(definition));
        this.#round.add(user, -1, slots, null);
        return;
      }
      case 'rank':
        this.#round.add(user, -1, [], call);
    }
  }
}
