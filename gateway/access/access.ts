import { SCOPE } from './scope.js';
import { Grant, OPEN_GRANT, VISITOR_GRANT } from './grant.js';
import type { TokenReader } from './token-reader.js';
import type { TokenRefusal } from './token-refusal.js';
import { VisitorSessions } from './visitor-sessions.js';
import { named, type UserKey } from '../../shards/api.js';

/** What a caller may do, or why they are not let in. */
export type Admission = Grant | TokenRefusal;

const NO_TOKEN: TokenRefusal = {
  why: 'missing',
  message: 'a token is needed: in the field token of hello, or in the header Authorization: Bearer',
};

/**
 * Who may do what. Without keys (`reader` undefined) everybody may do everything, and tokens are not looked at. Holds nothing of
 * callers but the tokens that `TokenReader` knows.
 */
export class Access {
  readonly sessions: VisitorSessions;
  readonly #reader: TokenReader | undefined;
  readonly #end: () => void;

  /** @param end lets go of what the keys come from. */
  constructor(sessions: VisitorSessions, reader?: TokenReader, end: () => void = () => undefined) {
    this.sessions = sessions;
    this.#reader = reader;
    this.#end = end;
  }

  /** Without keys: all is allowed. */
  static open(): Access {
    return new Access(new VisitorSessions('any', new Uint8Array()));
  }

  get isOpen(): boolean {
    return this.#reader === undefined;
  }

  /** Told why a token was refused. Set once, before the first call. */
  refused: (why: TokenRefusal['why']) => void = () => undefined;

  /**
   * What a token grants, or its absence. At once where nothing has to be computed.
   * @param token undefined or '' when none was sent.
   */
  grantOf(token: string | undefined): Admission | Promise<Admission> {
    if (this.#reader === undefined) return OPEN_GRANT;
    if (token === undefined || token === '') return this.sessions.mayShop ? VISITOR_GRANT : NO_TOKEN;
    return this.#reader.known(token) ?? this.#reader.read(token).then(this.#told);
  }

  /** True when a shopper's connection may speak for a user by name. */
  mayBe(grant: Grant, user: string): boolean {
    return this.speaksFor(grant, named(user), SCOPE.events | SCOPE.rank);
  }

  /** True when a call may be for a user: see `Grant.speaksFor`. */
  speaksFor(grant: Grant, user: UserKey, anybody: number): boolean {
    return grant.speaksFor(user, anybody, this.#isSecret);
  }

  stop(): void {
    this.#end();
  }

  readonly #told = (admission: Admission): Admission => {
    if (!(admission instanceof Grant)) this.refused(admission.why);
    return admission;
  };

  readonly #isSecret = (session: string): boolean => this.sessions.isSecret(session);
}
