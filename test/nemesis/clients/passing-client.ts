import { HttpClient } from './http-client.js';
import { itemOf } from './item-plans.js';

const EVENTS_MAX = 4;

/**
 * A shop's server whose shoppers pass by: events of a visitor of long ago over HTTP, all at once, and when they are answered those of the
 * next one. Nothing of them comes again, so a gateway that forgets visitors forgets them wholly.
 */
export class PassingClient extends HttpClient {
  #number = new Set(this.host.ledger.earlier.flatMap((line) => (line.k === 'posted' ? [line.user] : [])))
    .size;

  protected override plan(): void {
    const { name, random } = this.host;
    // A session of a visitor is a secret of 22 letters and more.
    const user = `${name}-visitor-${this.#number++}`.padEnd(32, '-');
    for (let left = random(EVENTS_MAX); left >= 0; left--)
      this.posts.add({ user, isPassing: true, item: itemOf(0, random) });
  }
}
