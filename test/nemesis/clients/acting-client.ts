import type { Client, ClientHost } from './client-host.js';
import { Posts } from './posts.js';

const PAUSE_MS = 30;

/** A client without a connection: it acts, rests and acts again, whatever has become of the gateway. */
export abstract class ActingClient implements Client {
  protected readonly host: ClientHost;
  protected readonly posts: Posts;
  #isActing = false;
  #isGone = false;

  constructor(host: ClientHost) {
    this.host = host;
    this.posts = new Posts(host);
    this.#actLater();
  }

  go(): void {
    this.#isActing = true;
  }

  settle(): void {
    this.#isActing = false;
  }

  get unsettled(): string {
    const posts = this.posts.count === 0 ? '' : `${this.posts.count} events are not answered`;
    const owed = [posts, this.owed].filter((words) => words !== '');
    return owed.length === 0 ? '' : `${this.host.name}: ${owed.join(', ')}`;
  }

  end(): void {
    this.#isGone = true;
    this.host.ledger.close();
  }

  /** What is not answered besides its posts, in words; '' when all is. */
  protected abstract get owed(): string;

  /** Ends what is owed, or does something new when it is acting. Rejects when the gateway does not answer: what is owed is tried again. */
  protected abstract act(isActing: boolean): Promise<void>;

  protected get isGone(): boolean {
    return this.#isGone;
  }

  protected sendPosts(): Promise<void> {
    return this.posts.send(() => this.#isGone);
  }

  #actLater(): void {
    setTimeout(
      () => {
        void this.act(this.#isActing)
          // The gateway is being killed or started.
          .catch(() => undefined)
          .finally(() => {
            if (!this.#isGone) this.#actLater();
          });
      },
      1 + this.host.random(PAUSE_MS),
    );
  }
}
