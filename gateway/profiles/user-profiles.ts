import { graphProblem, type GraphNames } from '../calls/user-graphs.js';
import type { Tune } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import { TUNE, type ShardPool, type UserKey } from '../../shards/api.js';
import { wireProfile, type ProfileFields, type ProfileSources } from './wire-profile.js';

/** Profiles of users: what the gateway takes their interests to be, and what they say of them. */
export class UserProfiles {
  readonly #pool: Pick<ShardPool, 'graph' | 'tune'>;
  readonly #names: GraphNames;
  readonly #sources: ProfileSources;

  constructor(pool: Pick<ShardPool, 'graph' | 'tune'>, names: GraphNames, sources: ProfileSources) {
    this.#pool = pool;
    this.#names = names;
    this.#sources = sources;
  }

  /** The profile of anybody; of somebody nobody has heard of it is empty. Never rejects. @param answered called before words are made of it. */
  async read(user: UserKey, answered?: () => void): Promise<ProfileFields | Problem> {
    try {
      const graph = await this.#pool.graph(user);
      answered?.();
      return wireProfile(graph, this.#names, this.#sources);
    } catch (error) {
      return graphProblem(error);
    }
  }

  /** Keeps what the user says of an interest; their profile once that is durable. Never rejects. @param answered as in `read`. */
  async tune(
    user: UserKey,
    { interest, value }: Pick<Tune, 'interest' | 'value'>,
    answered?: () => void,
  ): Promise<ProfileFields | Problem> {
    try {
      const graph = await this.#pool.tune(user, { interest, value: TUNE[value] });
      answered?.();
      const isKnown = value === 'normal' || graph.interests.some(({ id }) => id === interest);
      return isKnown ? wireProfile(graph, this.#names, this.#sources) : noSuch(interest);
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
