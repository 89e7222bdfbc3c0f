import { named, visitor, type ShardPool, type UserKey } from '../../shards/api.js';
import { jsonReply, type HttpCall, type HttpReply } from '../server/http-call.js';
import { problemReply } from '../server/problem.js';
import { textProblem } from '../protocol/text.js';

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

  async #erase(id: string, keyOf: (id: string) => UserKey): Promise<HttpReply> {
    const problem = textProblem(id);
    if (problem !== undefined) return problemReply('invalid_field', problem);
    const { visitors } = await this.#pool.erase(keyOf(id));
    return jsonReply({ erased: true, visitors });
  }
}
