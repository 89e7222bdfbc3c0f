import { z } from 'zod';
import type { Access } from '../access/access.js';
import { SCOPE } from '../access/scope.js';
import { importBody, type GraphImports } from '../calls/graph-imports.js';
import { graphProblem, type UserGraphs } from '../calls/user-graphs.js';
import type { UserExports } from '../calls/user-exports.js';
import { profileText } from '../profiles/profile-text.js';
import type { UserProfiles } from '../profiles/user-profiles.js';
import type { Problem } from '../protocol/validate-event.js';
import { jsonReply, textReply, type HttpReply } from '../server/http-call.js';
import { wireProblemReply } from '../server/problem.js';
import { hinted, readBody, readHintedBody } from './http-body-json.js';
import { consentFields, userId } from '../protocol/validate.js';
import { notTheirs } from './http-access.js';
import { userInPath, type KeyOf } from './http-user.js';
import type { RoutedCall } from './http.js';
import { named, visitor, type ShardPool, type UserKey } from '../../shards/api.js';

/** Which visitor becomes part of the user. */
export const mergeBody = z.object({ session: userId });
const consentBody = z.object(consentFields);

/** What the answers are made of. */
export interface UsersContext {
  readonly access: Access;
  readonly graphs: UserGraphs;
  readonly imports: GraphImports;
  readonly exports: UserExports;
  readonly pool: Pick<ShardPool, 'merge' | 'consent'>;
  readonly profiles: UserProfiles;
  /** Title of an item by its id. */
  readonly titleOf: (id: string) => string | undefined;
}

/** What is kept of a user, for themselves and for those who may see anybody's. Paths below `/v1/users` name users, those below `/v1/sessions` visitors. */
export class HttpUsers {
  readonly #graphs: UserGraphs;
  readonly #imports: GraphImports;
  readonly #profiles: UserProfiles;
  readonly #titleOf: (id: string) => string | undefined;
  readonly #access: Access;
  readonly #exports: UserExports;
  readonly #pool: Pick<ShardPool, 'merge' | 'consent'>;

  constructor({ access, exports, graphs, imports, pool, profiles, titleOf }: UsersContext) {
    this.#graphs = graphs;
    this.#imports = imports;
    this.#profiles = profiles;
    this.#titleOf = titleOf;
    this.#access = access;
    this.#exports = exports;
    this.#pool = pool;
  }

  readonly userGraph = (call: RoutedCall, id: string): Promise<HttpReply> => this.#graph(call, id, named);
  readonly visitorGraph = (call: RoutedCall, id: string): Promise<HttpReply> =>
    this.#graph(call, id, visitor);

  /** Takes what another shop's gateway told of the same person. */
  readonly importGraph = async (call: RoutedCall, id: string): Promise<HttpReply> => {
    const user = this.#whom(call, id, named);
    if (typeof user !== 'string') return wireProblemReply(user);
    const body = readBody(call, importBody);
    if ('reply' in body) return body.reply;
    const taken = await this.#imports.take(user, body.value);
    return 'code' in taken ? wireProblemReply(taken) : notStored(jsonReply(taken));
  };

  readonly userExport = (call: RoutedCall, id: string): Promise<HttpReply> => this.#export(call, id, named);
  readonly visitorExport = (call: RoutedCall, id: string): Promise<HttpReply> =>
    this.#export(call, id, visitor);

  /** Merges the visitor of a session into the user, as `identify` does. The caller may speak for both. */
  readonly merge = async (call: RoutedCall, id: string): Promise<HttpReply> => {
    const user = this.#whom(call, id, named);
    if (typeof user !== 'string') return wireProblemReply(user);
    const body = readBody(call, mergeBody);
    if ('reply' in body) return body.reply;
    const { session } = body.value;
    if (!this.#access.speaksFor(call.grant, visitor(session), SCOPE.users))
      return wireProblemReply(notTheirs(call.grant));
    try {
      return jsonReply({ user: id, session, merged: await this.#pool.merge(visitor(session), named(id)) });
    } catch (error) {
      return wireProblemReply(graphProblem(error));
    }
  };

  readonly userConsent = (call: RoutedCall, id: string): Promise<HttpReply> => this.#consent(call, id, named);
  readonly visitorConsent = (call: RoutedCall, id: string): Promise<HttpReply> =>
    this.#consent(call, id, visitor);

  /** Keeps what somebody allows, as the message of that name does. */
  async #consent(call: RoutedCall, id: string, keyOf: KeyOf): Promise<HttpReply> {
    const user = this.#whom(call, id, keyOf);
    if (typeof user !== 'string') return wireProblemReply(user);
    const body = readHintedBody(call, 'consent', consentBody);
    if ('reply' in body) return body.reply;
    try {
      return jsonReply({ ...(await this.#pool.consent(user, body.value)), ...hinted(body) });
    } catch (error) {
      return wireProblemReply(graphProblem(error));
    }
  }

  async #export(call: RoutedCall, id: string, keyOf: KeyOf): Promise<HttpReply> {
    const user = this.#whom(call, id, keyOf);
    if (typeof user !== 'string') return wireProblemReply(user);
    if (this.#exports.isFull)
      return wireProblemReply({
        code: 'overloaded',
        message: 'other exports are being written; ask again later',
      });
    try {
      const pieces = await this.#exports.write(user);
      return notStored({ status: 200, contentType: 'application/json', body: '', pieces });
    } catch (error) {
      return wireProblemReply(graphProblem(error));
    }
  }

  async #graph(call: RoutedCall, id: string, keyOf: KeyOf): Promise<HttpReply> {
    const user = this.#whom(call, id, keyOf);
    if (typeof user !== 'string') return wireProblemReply(user);
    const read = await this.#graphs.read(user);
    return 'code' in read ? wireProblemReply(read) : notStored(jsonReply(read));
  }

  readonly userProfile = (call: RoutedCall, id: string): Promise<HttpReply> => this.#profile(call, id, named);
  readonly visitorProfile = (call: RoutedCall, id: string): Promise<HttpReply> =>
    this.#profile(call, id, visitor);

  async #profile(call: RoutedCall, id: string, keyOf: KeyOf): Promise<HttpReply> {
    const form = call.query.get('as') ?? 'json';
    if (form !== 'json' && form !== 'text')
      return wireProblemReply({
        code: 'invalid_field',
        message: 'as: give text for sentences, or leave it out',
      });
    const user = this.#whom(call, id, keyOf);
    if (typeof user !== 'string') return wireProblemReply(user);
    const read = await this.#profiles.read(user);
    if ('code' in read) return wireProblemReply(read);
    return notStored(form === 'json' ? jsonReply(read) : textReply(profileText(read, this.#titleOf)));
  }

  /** Whom a call is for, or why it is not theirs to make. */
  #whom<Key extends UserKey>({ grant }: RoutedCall, id: string, keyOf: KeyOf<Key>): Key | Problem {
    const user = userInPath(id, keyOf);
    if (typeof user !== 'string') return user;
    return this.#access.speaksFor(grant, user, SCOPE.users) ? user : notTheirs(grant);
  }
}

/** What is told of one person stays in no cache of a browser or a proxy. */
function notStored(reply: HttpReply): HttpReply {
  return { ...reply, headers: { 'cache-control': 'no-store' } };
}
