import { ActingClient } from './acting-client.js';
import { itemOf, USERS, userName } from './item-plans.js';

const EVENTS_MAX = 4;

/** A shop's server that posts events over HTTP, a few at a time, and each of them until it is told that it is there. */
export class HttpClient extends ActingClient {
  protected get owed(): string {
    return '';
  }

  protected async act(isActing: boolean): Promise<void> {
    if (this.posts.count === 0 && isActing) this.plan();
    if (this.posts.count > 0) await this.sendPosts();
  }

  /** All of one user: what is posted of them together is applied in its order. */
  protected plan(): void {
    const { random } = this.host;
    const user = random(USERS);
    for (let left = random(EVENTS_MAX); left >= 0; left--)
      this.posts.add({ user: userName(user), item: itemOf(user, random) });
  }
}
