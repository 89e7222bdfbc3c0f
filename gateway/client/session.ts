import type { Hello, SaidConsent, Slot } from '../protocol/messages.js';
import type { CompleteOptions } from './client-options.js';
import type { Addresses } from './link/addresses.js';
import { EventQueue } from './events/event-queue.js';
import { PendingEvent } from './events/pending-event.js';
import { claimSession, type SessionClaim } from './sessions/session-claim.js';
import { forgetSession, saveSession, type SessionStorage } from './sessions/stored-session.js';

/**
 * Who speaks and where they stopped: user, session, unacknowledged events. A session kept in storage is taken up again
 * unless the page names another session or another user; a visitor's session goes on when they get a name.
 */
export class Session {
  readonly #options: CompleteOptions;
  readonly #addresses: Addresses;
  readonly queue: EventQueue;
  /** Absent until the gateway has named it, unless the page or the storage did. */
  id: string | undefined;
  /** The name the page gave; absent for a visitor. */
  user: string | undefined;
  /** What the shopper allows, as far as it was said. */
  consent: SaidConsent | undefined;
  /** True once the session exists at the gateway. */
  #isKnown = false;
  /** Where the session is kept, if anywhere. */
  #storage: SessionStorage | undefined;
  /** Undefined until it is known which session is this client's. */
  #claim: SessionClaim | undefined;

  constructor(options: CompleteOptions, addresses: Addresses) {
    this.#options = options;
    this.#addresses = addresses;
    this.#storage = options.storage;
    this.id = options.session;
    this.user = options.user;
    this.consent = options.consent;
    this.queue = new EventQueue(options.queueMax);
  }

  /** What to go on with is found. Events tracked by now come behind those that were kept. */
  begin(claim: SessionClaim): void {
    const { stored } = claim;
    this.#claim = claim;
    this.#addresses.use(stored?.at);
    this.id = claim.session ?? stored?.session;
    this.user ??= stored?.user;
    this.#isKnown = stored?.session !== undefined;
    this.queue.restore(
      stored?.acked ?? 0,
      (stored?.events ?? []).flatMap((kept) => PendingEvent.restored(kept) ?? []),
    );
  }

  /** Nothing is written any more, and another client may have what is kept. */
  end(): void {
    this.#claim?.release();
    this.#claim = undefined;
  }

  /** The first message of the next connection. */
  hello(slots: Iterable<Slot>, token: string | undefined): Hello {
    const { id, user, consent } = this;
    const { device, attributes } = this.#options;
    const { ackedSeq: seq, events } = this.queue;
    const resume = this.#isKnown && id ? { session: id, seq, sent: seq + events.length } : undefined;
    return {
      t: 'hello',
      ...(user !== undefined && { user }),
      ...(token !== undefined && { token }),
      ...(device !== undefined && { device }),
      ...(consent && { consent }),
      ...(attributes && { attributes }),
      ...(resume ? { resume } : id !== undefined && { session: id }),
      slots: [...slots],
    };
  }

  /** The gateway let this session in. */
  welcomed(id: string): void {
    this.id = id;
    this.#isKnown = true;
  }

  /** Writes what a reload needs, if there is a storage and a session to write. */
  save(): void {
    const storage = this.#storage;
    const { key, lock } = this.#claim ?? {};
    if (!storage || key === undefined) return;
    const { id: session, user, queue } = this;
    const events = queue.events.map((event) => event.kept());
    saveSession(storage, key, {
      version: 1,
      ...(session !== undefined && { session }),
      ...(user !== undefined && { user }),
      acked: queue.ackedSeq,
      events,
      at: this.#addresses.url,
      ...(lock !== undefined && { lock }),
    });
  }

  /**
   * Keeps the session elsewhere from now on, and no longer where it was kept. What somebody left there under the same key, and nobody
   * has, is written over: it is the same browser's.
   */
  async moveTo(storage: SessionStorage): Promise<void> {
    const before = this.#claim;
    if (storage === this.#storage || before === undefined) return;
    const { session: _, ...anyOne } = this.#options;
    const claim = await claimSession({ ...anyOne, storage });
    if (this.#claim !== before) return claim.release();
    this.forget();
    before.release();
    this.#claim = claim;
    this.#storage = storage;
    this.save();
  }

  forget(): void {
    const storage = this.#storage;
    if (storage && this.#claim?.key !== undefined) forgetSession(storage, this.#claim.key);
  }
}
