import { graphProblem, type GraphNames } from '../calls/user-graphs.js';
import type { TuneValue } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { TUNE, type ShardPool, type UserKey } from '../../shards/api.js';
import { wireProfile, type ProfileFields } from './wire-profile.js';

/** Profiles of users: what the gateway takes their interests to be, and what they say of them. */
export class UserProfiles {
  readonly #pool: Pick<ShardPool, 'graph' | 'tune'>;
  readonly #names: GraphNames;

  constructor(pool: Pick<ShardPool, 'graph' | 'tune'>, names: GraphNames) {
    this.#pool = pool;
    this.#names = names;
  }

  /** The profile of anybody; of somebody nobody has heard of it is empty. Never rejects. */
  async read(user: UserKey): Promise<ProfileFields | Problem> {
    try {
      return wireProfile(await this.#pool.graph(user), this.#names);
    } catch (error) {
      return graphProblem(error);
    }
  }

  /** Keeps what the user says of an interest; their profile once that is durable. Never rejects. */
  async tune(user: UserKey, interest: number, value: TuneValue): Promise<ProfileFields | Problem> {
    try {
      const graph = await this.#pool.tune(user, { interest, value: TUNE[value] });
      const isKnown = value === 'normal' || graph.interests.some(({ id }) => id === interest);
      return isKnown ? wireProfile(graph, this.#names) : noSuch(interest);
    } catch (error) {
      return graphProblem(error);
    }
  }
}

function noSuch(interest: number): Problem {
  return {
    code: 'invalid_field',
    message: `interest: they have none with the id ${interest}; take one from their profile`,
  };
}
