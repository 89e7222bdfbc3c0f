import { callJson } from '../../support/gateway/http-json.js';
import { ActingClient } from './acting-client.js';
import { itemOf } from './item-plans.js';
import type { LedgerLine } from './ledger-line.js';

const EVENTS_MAX = 4;
/** Of so many acts, each after the last one was answered, one takes consent back, and two erase. */
const ACTS = 14;

/**
 * A shop's server whose shoppers leave: events of a user of its own over HTTP, now and then what they allow is taken back, and in the end
 * they are erased, asked again until it is answered. Then comes the next user.
 */
export class LeavingClient extends ActingClient {
  #number = this.host.ledger.earlier.filter(({ k }) => k === 'erased').length;
  /** True between what is written down and the answer. */
  #isErasing = this.#isBetween('erasing', 'erased');
  #isWithholding = this.#isBetween('withholding', 'withheld');

  protected get owed(): string {
    if (this.#isWithholding) return `${this.#user} has not taken consent back`;
    return this.#isErasing ? `${this.#user} is not erased` : '';
  }

  protected async act(isActing: boolean): Promise<void> {
    if (this.posts.count > 0) return this.sendPosts();
    if (this.#isWithholding) return this.#withhold();
    if (this.#isErasing) return this.#erase();
    if (!isActing) return;
    const what = this.host.random(ACTS);
    if (what === 0) await this.#beginWithholding();
    else if (what < 3) await this.#beginErasing();
    else await this.#post();
  }

  get #user(): string {
    return `${this.host.name}-user-${this.#number}`;
  }

  #post(): Promise<void> {
    const { random } = this.host;
    for (let left = random(EVENTS_MAX); left >= 0; left--)
      this.posts.add({ user: this.#user, item: itemOf(0, random) });
    return this.sendPosts();
  }

  /** True when the ledger ends behind the first of these lines and before the second. */
  #isBetween(first: LedgerLine['k'], second: LedgerLine['k']): boolean {
    return this.host.ledger.earlier.findLast(({ k }) => k === first || k === second)?.k === first;
  }

  #beginWithholding(): Promise<void> {
    const { ledger } = this.host;
    ledger.add({ k: 'withholding', user: this.#user });
    ledger.sync();
    this.#isWithholding = true;
    return this.#withhold();
  }

  async #withhold(): Promise<void> {
    const { ledger, url } = this.host;
    const user = this.#user;
    const { status } = await callJson(url, 'POST', `/v1/users/${user}/consent`, { learn: false });
    if (status !== 200 || this.isGone) return;
    ledger.add({ k: 'withheld', user });
    ledger.sync();
    this.#isWithholding = false;
  }

  #beginErasing(): Promise<void> {
    const { ledger } = this.host;
    ledger.add({ k: 'erasing', user: this.#user });
    ledger.sync();
    this.#isErasing = true;
    return this.#erase();
  }

  async #erase(): Promise<void> {
    const { ledger, url } = this.host;
    const { status } = await callJson(url, 'DELETE', `/v1/users/${this.#user}`, {});
    if (status !== 200 || this.isGone) return;
    ledger.add({ k: 'erased', user: this.#user });
    ledger.sync();
    this.#isErasing = false;
    this.#number++;
  }
}
