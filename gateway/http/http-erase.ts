import { named, OverloadedError, visitor, type ShardPool } from '../../shards/api.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { wireProblemReply } from '../server/problem.js';
import { userInPath, type KeyOf } from './http-user.js';

/**
 * `DELETE /v1/users/{id}` and `DELETE /v1/sessions/{id}`: erases a named user, or a visitor by their session, from everything. Answered when that
 * is on the disk, also for somebody of whom nothing was known: whether there was somebody is nobody's business. Asked again it comes to the same.
 */
export class HttpErase {
  readonly #pool: Pick<ShardPool, 'erase'>;

  constructor(pool: Pick<ShardPool, 'erase'>) {
    this.#pool = pool;
  }

  readonly user = (_call: HttpCall, id: string): Promise<HttpReply> => this.#erase(id, named);

  readonly session = (_call: HttpCall, id: string): Promise<HttpReply> => this.#erase(id, visitor);

  async #erase(id: string, keyOf: KeyOf): Promise<HttpReply> {
    const user = userInPath(id, keyOf);
    if (typeof user !== 'string') return wireProblemReply(user);
    try {
      const { visitors } = await this.#pool.erase(user);
      return jsonReply({ erased: true, visitors });
    } catch (error) {
      if (!(error instanceof OverloadedError)) throw error;
      return wireProblemReply({ code: 'overloaded', message: error.message });
    }
  }
}
