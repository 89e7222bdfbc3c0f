import type { Admission } from '../access/access.js';
import { Credentials, type CredentialsOwner } from '../access/credentials.js';
import { Grant } from '../access/grant.js';
import { refusalProblem, UNCHECKED_RETRY_MS, type TokenRefusal } from '../access/token-refusal.js';
import { isProblem } from '../calls/event-intake.js';
import type { ChannelMember, SessionState } from './channels.js';
import type { ConnectionContext } from './connection-context.js';
import type { FrameLine } from './incoming/frame-line.js';
import type { Outbox } from './outgoing/outbox.js';
import { CLOSES, type Close } from '../protocol/close-codes.js';
import { WIRE_LIMITS } from '../protocol/limits.js';
import type { Attributes, Hello, Identify, Notice, Token, Welcome } from '../protocol/messages.js';
import type { Problem } from '../protocol/validate-event.js';
import type { Unannounced } from './hello-watch.js';
import type { Refusals } from './refusals.js';
import type { SessionHolder } from './session-claims.js';
import type { Subscriptions, SubscribedSlot } from './subscriptions.js';
import {
  isVisitor,
  MergedError,
  named,
  nameOf,
  visitor,
  type MergedVisitor,
  type OpenedSession,
  type SaidConsent,
  type UserKey,
  type VisitorKey,
} from '../../shards/api.js';

/**
 * `hello`: nothing but `hello` is taken. `opening`: a user is being opened, by `hello` or `identify`; messages wait in order.
 * `identify` goes from `open` back to `opening`; nothing leaves `closed`.
 */
type State = 'hello' | 'opening' | 'open' | 'closed';

/** A session to open, and how to go on. */
interface Opening {
  readonly user: UserKey;
  readonly session: string;
  /** A visitor whose graph and session go to `user`. */
  readonly visitor?: VisitorKey | undefined;
  /** What they allow; it is kept before anything of them is opened. */
  readonly consent?: SaidConsent | undefined;
  /** What the page says of them. */
  readonly attributes?: Attributes | undefined;
  /** The last event of the session that they have sent, as far as they say. */
  readonly sent?: number | undefined;
  readonly opened: (opened: OpenedSession, session: SessionState) => void;
  readonly failed: () => void;
  /** Told in place of `opened` when the user is a visitor who was merged, up to event `seq` of their session; without it that is a failure. */
  readonly merged?: (seq: number) => void;
}

/** What a speaker has of its connection. */
export interface SpeakerParts {
  readonly outbox: Outbox;
  readonly refusals: Refusals;
  readonly slots: Subscriptions;
  /** Hears what comes of the session. */
  readonly member: ChannelMember;
  /** Goes on when a user was opened, or could not be: messages need not wait any more. */
  readonly line: Pick<FrameLine, 'goOnAtOnce'>;
}

/** Whom one connection speaks for, from `hello` by way of `identify` to its end. */
export class Speaker implements Unannounced, SessionHolder, CredentialsOwner {
  readonly #context: ConnectionContext;
  readonly #outbox: Outbox;
  readonly #refusals: Refusals;
  readonly #slots: Subscriptions;
  readonly #member: ChannelMember;
  readonly #line: SpeakerParts['line'];
  #state: State = 'hello';
  #session: SessionState | undefined;
  #sessionId = '';
  /** Undefined before `welcome`. */
  #user: UserKey | undefined;
  /** Who it is about to speak for. */
  #openingUser: UserKey | undefined;
  /** The session it has, and the one it is about to have (`SessionClaims`). */
  #claim: string | undefined;
  #openingClaim: string | undefined;
  /** True once the visitor it speaks for has become a named user. */
  #isMerged = false;
  readonly #credentials: Credentials;

  constructor(context: ConnectionContext, parts: SpeakerParts) {
    this.#context = context;
    this.#outbox = parts.outbox;
    this.#refusals = parts.refusals;
    this.#slots = parts.slots;
    this.#member = parts.member;
    this.#line = parts.line;
    const { access, tokenWatch } = context;
    this.#credentials = new Credentials(access, tokenWatch, this);
    this.#context.helloWatch.add(this);
  }

  /** Whom it speaks for; '' before `welcome`. */
  get name(): string {
    return this.#user ?? '';
  }

  /** Whom it speaks for; undefined before `welcome`. */
  get user(): UserKey | undefined {
    return this.#user;
  }

  /** What it may do. */
  get grant(): Grant {
    return this.#credentials.grant;
  }

  /** The session that events go to; undefined before `welcome`, and after the end. */
  get session(): SessionState | undefined {
    return this.#session;
  }

  get isOpening(): boolean {
    return this.#state === 'opening';
  }

  get isClosed(): boolean {
    return this.#state === 'closed';
  }

  finish(close: Close): void {
    this.#outbox.finish(close);
  }

  /** What there is to say of its token. */
  notice(notice: Notice): void {
    this.#outbox.push(notice);
  }

  /** A token that was sent in place of the one before is not taken. */
  refuse(problem: Problem): void {
    this.#refusals.message(problem, { type: 'token' });
  }

  /** The socket is gone. */
  closed(): void {
    this.#state = 'closed';
    this.#context.helloWatch.delete(this);
    this.#credentials.end();
    this.#release();
    if (this.#session !== undefined)
      this.#context.channels.leave(this.#member, this.#session, this.#slots.names());
    this.#session = undefined;
  }

  /**
   * A newer connection goes on with the session; what this one has sent and was not carried out is not acknowledged. One that is
   * just leaving the session, for the visitor has said who they are, goes on as the user, and sends nothing until then.
   */
  takenOver(claim: string): void {
    if (this.#state === 'opening' && claim !== this.#openingClaim) {
      this.#claim = undefined;
      return;
    }
    this.#outbox.finish(CLOSES.sessionTaken);
    this.closed();
  }

  /**
   * Nobody speaks for the visitor any more. The connection that asked for it is about to speak for the user; any other one has
   * shown nothing but a session, and that speaks for no named user: it is to say hello again.
   */
  moved(into: UserKey): void {
    this.#isMerged = true;
    if (this.#openingUser !== into) this.#outbox.finish(CLOSES.sessionMerged);
  }

  /** The first message: opens the user that it names, or a visitor. */
  hello(hello: Hello): void {
    const slots = this.#slots.compile(hello.slots ?? []);
    if (isProblem(slots)) return this.#refusals.message(slots, { type: 'hello' });
    this.#context.helloWatch.delete(this);
    this.#state = 'opening';
    this.#credentials.check(hello.token, (admission) => this.#admitted(hello, slots, admission));
  }

  #admitted(hello: Hello, slots: readonly SubscribedSlot[], admission: Admission): void {
    if (this.#state === 'closed') return;
    if (!(admission instanceof Grant)) return this.#notAdmitted(admission);
    const { access, newId } = this.#context;
    const user = hello.user ?? admission.user;
    if (user !== undefined && !access.mayBe(admission, user))
      return this.finish(admission.hasToken ? CLOSES.notAllowed : CLOSES.notAuthenticated);
    this.#credentials.adopt(admission);
    const given = hello.resume?.session ?? hello.session;
    // Of a named user any name will do for a session: it is theirs alone.
    const secret = given !== undefined && access.sessions.isSecret(given) ? visitor(given) : undefined;
    if (user !== undefined) {
      const opening = this.#greeting(given ?? newId(), slots);
      const { consent, attributes } = hello;
      const said = { consent, attributes, sent: hello.resume?.sent };
      return this.#open({ ...opening, ...said, user: named(user), visitor: secret });
    }
    const { consent, attributes } = hello;
    if (given !== undefined && secret === undefined) return this.#replace(hello, given, 0, slots);
    const opening = this.#greeting(given ?? newId(), slots);
    const { sent } = hello.resume ?? {};
    this.#open({
      ...opening,
      consent,
      attributes,
      sent,
      merged: (seq) => this.#replace(hello, given, seq, slots),
    });
  }

  /** Whose token could not be checked has not been found out about: they may come back with it. */
  #notAdmitted({ why, message }: TokenRefusal): void {
    if (why !== 'unchecked')
      return this.finish(why === 'expired' ? CLOSES.tokenExpired : CLOSES.notAuthenticated);
    this.#awaitHello();
    this.#refusals.overloaded({ type: 'hello', seq: undefined, id: undefined }, UNCHECKED_RETRY_MS, message);
  }

  /** As before the first hello: closed with 4013 when none comes. */
  #awaitHello(): void {
    this.#state = 'hello';
    this.#context.helloWatch.add(this);
  }

  /** A new token in place of the one that ends. */
  renew({ token }: Token): void {
    const user = this.#user === undefined || isVisitor(this.#user) ? undefined : nameOf(this.#user);
    this.#credentials.renew(token, user);
  }

  /** A visitor who begins anew, for the session asked for has gone to a named user. */
  #replace(
    { consent, attributes }: Hello,
    asked: string | undefined,
    seq: number,
    slots: readonly SubscribedSlot[],
  ): void {
    const replaced = asked === undefined ? undefined : { session: asked, seq };
    this.#open({ ...this.#greeting(this.#context.newId(), slots, replaced), consent, attributes });
  }

  /** How the visitor of a session is opened and greeted. */
  #greeting(session: string, slots: readonly SubscribedSlot[], replaced?: Welcome['replaced']): Opening {
    return {
      user: visitor(session),
      session,
      opened: (opened, state) => {
        this.#sessionId = session;
        this.#welcome(opened, replaced);
        this.#refuseSlots(this.#slots.add(state, slots));
      },
      failed: () => {
        this.#awaitHello();
        this.#openFailed();
      },
    };
  }

  #welcome({ user, seq, rev }: OpenedSession, replaced: Welcome['replaced']): void {
    const { heartbeatMs, idleTimeoutMs, pool } = this.#context;
    const { model } = pool;
    const owner = pool.ownerUrl(user);
    this.#outbox.push({
      t: 'welcome',
      session: this.#sessionId,
      user: nameOf(user),
      seq,
      ...(replaced && { replaced }),
      rev,
      model,
      ...(owner !== undefined && { owner }),
      idleTimeoutMs,
      heartbeatMs,
      limits: WIRE_LIMITS,
    });
  }

  /** The visitor says who they are. */
  identify({ id, user, token }: Identify): void {
    const [speaker, before] = [this.#user, this.#session];
    if (speaker === undefined || before === undefined) return;
    if (named(user) === speaker) return this.#outbox.push({ t: 'identified', id, user, merged: false });
    if (!isVisitor(speaker)) {
      const message = `this connection speaks for "${nameOf(speaker)}"; open another one to speak for somebody else`;
      return this.#refusals.message({ code: 'invalid_field', message }, { type: 'identify', id });
    }
    this.#state = 'opening';
    const { access } = this.#context;
    this.#credentials.check(token, (admission) => {
      if (this.#state === 'closed') return;
      if (!(admission instanceof Grant)) return this.#stay(id, refusalProblem(admission));
      if (!access.mayBe(admission, user)) return this.#stay(id, notTheirs(admission, user));
      this.#credentials.adopt(admission);
      this.#identified({ id, user }, speaker, before);
    });
  }

  /** The visitor stays who they are. */
  #stay(id: string | number, problem: Problem): void {
    this.#state = 'open';
    if (this.#claim === undefined) this.#outbox.finish(CLOSES.sessionTaken);
    else if (this.#isMerged) this.#outbox.finish(CLOSES.sessionMerged);
    else this.#refusals.message(problem, { type: 'identify', id });
    this.#line.goOnAtOnce();
  }

  #identified(
    { id, user }: Pick<Identify, 'id' | 'user'>,
    visitorKey: VisitorKey,
    before: SessionState,
  ): void {
    this.#open({
      user: named(user),
      session: this.#sessionId,
      visitor: visitorKey,
      opened: (opened, session) => {
        // The user has a session of this name that stands elsewhere: the numbers of what is on its way would be wrong.
        if (opened.seq !== before.appliedSeq) return this.#outbox.finish(CLOSES.sessionMerged);
        this.#outbox.dropLists();
        this.#outbox.push({ t: 'identified', id, user, merged: true });
        // Acks of the visitor's last events may have gone to the session that has just been left.
        if (opened.seq > 0) this.#outbox.ack(opened.seq);
        this.#refuseSlots(this.#slots.moveTo(session));
      },
      failed: () => {
        this.#state = 'open';
        if (this.#claim === undefined) this.#outbox.finish(CLOSES.sessionTaken);
        else if (this.#isMerged) this.#outbox.finish(CLOSES.sessionMerged);
        else this.#openFailed(id);
      },
    });
  }

  /** Opens a session in place of the one there may be; messages wait until then. */
  #open(opening: Opening): void {
    const { claims, pool } = this.#context;
    const { user, session } = opening;
    this.#state = 'opening';
    claims.release(this.#openingClaim, this);
    this.#openingClaim = claims.take(user, session, this);
    if (this.#openingClaim === undefined) {
      this.#outbox.finish(CLOSES.sessionTaken);
      return this.closed();
    }
    this.#openingUser = user;
    const open = (): Promise<OpenedSession | MergedVisitor> =>
      isVisitor(user)
        ? pool.openVisitor(user, opening.sent)
        : pool.open(user, session, opening.visitor, opening.sent);
    const opened =
      opening.consent === undefined ? open() : this.#consent(opening, opening.consent).then(open);
    opened.then(
      (answer) => this.#answered(opening, answer),
      (error: unknown) => {
        this.#context.log.error({ err: error }, 'a user could not be opened');
        this.#notOpened(opening);
      },
    );
  }

  /** Of a visitor who is merged into the user as well: what either of them withholds is withheld. One who was merged before has nothing to say. */
  async #consent({ user, visitor: guest }: Opening, said: SaidConsent): Promise<void> {
    const { pool } = this.#context;
    for (const who of guest === undefined ? [user] : [guest, user])
      await pool.consent(who, said).catch((error: unknown) => {
        if (!(error instanceof MergedError)) throw error;
      });
  }

  #answered(opening: Opening, answer: OpenedSession | MergedVisitor): void {
    if (!('mergedSeq' in answer)) this.#opened(opening, answer);
    else if (this.#state === 'closed' || opening.merged === undefined) this.#notOpened(opening);
    else opening.merged(answer.mergedSeq);
  }

  #notOpened(opening: Opening): void {
    this.#openingUser = undefined;
    if (this.#state === 'closed') return;
    this.#context.claims.release(this.#openingClaim, this);
    this.#openingClaim = undefined;
    opening.failed();
    this.#line.goOnAtOnce();
  }

  #opened(opening: Opening, opened: OpenedSession): void {
    const { channels, claims, pool } = this.#context;
    this.#openingUser = undefined;
    if (this.#state === 'closed') return pool.close(opened.session);
    claims.release(this.#claim, this);
    this.#claim = this.#openingClaim;
    this.#openingClaim = undefined;
    const before = this.#session;
    this.#session = channels.join(this.#member, opened);
    if (before !== undefined) channels.leave(this.#member, before, this.#slots.names());
    this.#user = opened.user;
    this.#isMerged = false;
    this.#state = 'open';
    opening.opened(opened, this.#session);
    if (opening.attributes !== undefined) this.#keep(opened.user, opening.attributes);
    this.#line.goOnAtOnce();
  }

  /** Nobody waits for it: it counts for segments, and is said again with the next `hello`. */
  #keep(user: UserKey, attributes: Attributes): void {
    const sorted = Object.fromEntries(Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const said = Object.keys(sorted).length === 0 ? '' : JSON.stringify(sorted);
    this.#context.pool.attributes(user, said).catch((error: unknown) => {
      this.#context.log.warn({ err: error }, 'what a page says of its user was not kept');
    });
  }

  #release(): void {
    this.#context.claims.release(this.#claim, this);
    this.#context.claims.release(this.#openingClaim, this);
    this.#claim = this.#openingClaim = undefined;
  }

  #openFailed(id?: string | number): void {
    const type = id === undefined ? 'hello' : 'identify';
    const message = 'the user could not be opened; try again';
    this.#refusals.message({ code: 'internal', message }, { type, id });
  }

  #refuseSlots(problem: Problem | undefined): void {
    if (problem !== undefined) this.#refusals.message(problem, { type: 'hello' });
  }
}

/** Why somebody may not say that they are a user. */
function notTheirs({ hasToken }: Grant, user: string): Problem {
  return hasToken
    ? { code: 'not_allowed', message: `the token does not speak for "${user}"` }
    : { code: 'not_authenticated', message: `a token that speaks for "${user}" is needed` };
}
