import type { ShopperHost } from './honest-shopper.js';
import { callJson, type JsonAnswer } from '../../support/gateway/http-json.js';
import { listProblem } from './list-checks.js';
import { ShopperMemory } from './shopper-memory.js';

const TRIES = 20;
const RETRY_MS = 100;

/** A shop's own server that tells of its shoppers' clicks by HTTP and asks for lists. One call at a time. */
export class HttpShopper {
  readonly #host: ShopperHost;
  readonly #user: string;
  readonly #memory = new ShopperMemory();
  /** Events that were acknowledged, as they were sent. */
  readonly #acked: object[] = [];
  #isBusy = false;
  #isGone = false;

  constructor(host: ShopperHost, user: string) {
    this.#host = host;
    this.#user = user;
  }

  act(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#visit()
      .catch((error: unknown) => {
        if (!this.#isGone) this.#host.findings.problem('closed', `${this.#user} (HTTP): ${String(error)}`);
      })
      .finally(() => (this.#isBusy = false));
  }

  /** The gateway will be killed: failed calls are no news from now on, and none is begun. */
  expectEnd(): void {
    this.#isGone = true;
    this.#isBusy = true;
  }

  /** [D1][D2] Everything acknowledged is known to the gateway's next life: sent again, it is a duplicate. */
  async verify(): Promise<void> {
    for (const event of this.#acked) {
      const status = await this.#call('/v1/events', event).then(({ body }) => statusOf(body), String);
      if (status !== 'duplicate')
        this.#host.findings.problem(
          'lost',
          `[D1] ${this.#user} (HTTP): ${JSON.stringify(event)} is ${status}`,
        );
    }
  }

  async #visit(): Promise<void> {
    const { random, shop, findings } = this.#host;
    const item = shop.ids[random(shop.ids.length)];
    const seq = this.#acked.length + 1;
    const event = { user: this.#user, id: `${this.#user}-${seq}`, e: 'view_item', item };
    const posted = await this.#call('/v1/events', event);
    findings.httpCalls++;
    const status = statusOf(posted.body);
    if (status !== 'applied' && status !== 'duplicate') return this.#wrong(`event ${status}`, posted);
    this.#acked.push(event);
    this.#memory.clicked(seq, item);
    const again = await this.#call('/v1/events', event);
    if (statusOf(again.body) !== 'duplicate') this.#wrong('[D2] the same event twice', again);
    const slot = { k: 10, excludeSeen: 'viewed' as const };
    const list = await this.#call('/v1/recommend', { user: this.#user, ...slot });
    if (list.status !== 200) return this.#wrong('recommend', list);
    const { ids, scores } = list.body as { ids: string[]; scores: number[] };
    const problem = listProblem({ ids, scores, cause: seq }, { shop, memory: this.#memory, slot });
    if (problem !== undefined) findings.problem('list', `${this.#user} (HTTP): ${problem}`);
  }

  /** Waits and asks again while the gateway says that it has no room. */
  async #call(path: string, body: object): Promise<JsonAnswer> {
    for (let left = TRIES; ; left--) {
      const answer = await callJson(this.#host.url, 'POST', path, body);
      if (!isOverload(answer) || left === 0) return answer;
      this.#host.findings.overloaded++;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  #wrong(what: string, { status, body }: JsonAnswer): void {
    this.#host.findings.problem('answer', `${this.#user} (HTTP): ${what}: ${status} ${JSON.stringify(body)}`);
  }
}

function resultOf(body: JsonAnswer['body']): { status: string; error?: { code: string } } | undefined {
  return (body['results'] as { status: string; error?: { code: string } }[] | undefined)?.[0];
}

function statusOf(body: JsonAnswer['body']): string {
  return resultOf(body)?.status ?? 'missing';
}

function isOverload({ status, body }: JsonAnswer): boolean {
  return status === 503 || status === 429 || resultOf(body)?.error?.code === 'overloaded';
}
