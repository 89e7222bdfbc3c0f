import type { Access, Admission } from './access.js';
import { Grant } from './grant.js';
import { NO_SCOPES } from './scope.js';
import { refusalProblem } from './token-refusal.js';
import type { TokenHolder, TokenWatch } from './token-watch.js';
import type { Close } from '../protocol/close-codes.js';
import type { Notice } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';

/** The connection that shows them. */
export interface CredentialsOwner {
  finish(close: Close): void;
  notice(notice: Notice): void;
  refuse(problem: Problem): void;
}

/** Before hello. */
const NOTHING = new Grant({ scopes: NO_SCOPES });

/** What one connection has shown, until when it counts, and its renewal. One token is looked at at a time. */
export class Credentials implements TokenHolder {
  readonly #access: Access;
  readonly #watch: TokenWatch;
  readonly #owner: CredentialsOwner;
  #grant = NOTHING;
  #isRenewing = false;
  #isOver = false;

  constructor(access: Access, watch: TokenWatch, owner: CredentialsOwner) {
    this.#access = access;
    this.#watch = watch;
    this.#owner = owner;
  }

  get grant(): Grant {
    return this.#grant;
  }

  /** Looks at a token, or at its absence, and tells `then`, before it returns where nothing has to be computed. */
  check(token: string | undefined, then: (admission: Admission) => void): void {
    const hasNone = token === undefined && this.#grant !== NOTHING;
    const admission = hasNone ? this.#grant : this.#access.grantOf(token);
    if (admission instanceof Promise) void admission.then(then);
    else then(admission);
  }

  /** Goes by a grant from now on. */
  adopt(grant: Grant): void {
    if (this.#isOver) return;
    this.#grant = grant;
    this.#watch.watch(this, grant.endsMs);
  }

  /** @param user the named user that the connection speaks for; undefined: a visitor. */
  renew(token: string, user: string | undefined): void {
    if (this.#isRenewing)
      return this.#owner.refuse({
        code: 'overloaded',
        message: 'a token is being looked at; wait for the notice',
      });
    this.#isRenewing = true;
    this.check(token, (admission) => {
      this.#isRenewing = false;
      if (!this.#isOver) this.#renewed(admission, user);
    });
  }

  tokenEnding(endsMs: number): void {
    const message =
      'the token ends soon: send a new one with the message token, or the connection ends with 4002';
    this.#owner.notice({ t: 'notice', code: 'token_ending', message, endsMs });
  }

  finish(close: Close): void {
    this.#owner.finish(close);
  }

  /** The connection is gone. */
  end(): void {
    this.#isOver = true;
    this.#watch.delete(this);
  }

  #renewed(admission: Admission, user: string | undefined): void {
    if (!(admission instanceof Grant)) return this.#owner.refuse(refusalProblem(admission));
    if (user !== undefined && !this.#access.mayBe(admission, user))
      return this.#owner.refuse({ code: 'not_allowed', message: `the token does not speak for "${user}"` });
    this.adopt(admission);
    const { endsMs } = admission;
    this.#owner.notice({
      t: 'notice',
      code: 'token_renewed',
      message: 'the new token counts',
      ...(endsMs !== Infinity && { endsMs }),
    });
  }
}
