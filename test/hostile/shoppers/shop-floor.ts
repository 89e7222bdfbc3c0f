import { seededRandom } from '../../support/random.js';
import { Findings, type FindingsReport, type Window } from './findings.js';
import type { HonestShopper, ShopperHost } from './honest-shopper.js';
import { HttpShopper } from './http-shopper.js';
import { SdkShopper } from './sdk-shopper.js';
import { openShop, type Shop } from './shop.js';
import { slotsOf } from './slot-plans.js';
import { verifySession, waitFor } from './verification.js';
import { WireShopper } from './wire-shopper.js';

const SHOPPERS = 50;
/** Every so many-th uses the SDK; of the others, every so many-th is a visitor without a name. */
const SDK_EVERY = 5;
const VISITOR_EVERY = 3;
const HTTP_USERS = 4;
/** Mean pause of a shopper between two acts; Poisson. */
const PAUSE_MS = 1_000;
const SWEEP_EVERY_MS = 500;
const RANDOM_STEPS = 2 ** 30;

/** 50 honest shoppers who click at random times, each for themselves, and shop servers that use HTTP. */
export class ShopFloor {
  readonly #findings = new Findings();
  readonly #url: string;
  readonly #shoppers: HonestShopper[];
  readonly #servers: HttpShopper[];
  #isOpen = true;
  /** False once the gateway is to be killed: what comes late then is no news. */
  #isWatched = true;

  private constructor(url: string, shop: Shop, seed: number) {
    this.#url = url;
    const hostOf = (number: number): ShopperHost => ({
      url,
      shop,
      findings: this.#findings,
      random: seededRandom(seed * 1_000 + number),
      nowUs: () => performance.now() * 1_000,
    });
    this.#shoppers = Array.from({ length: SHOPPERS }, (_, i) => shopperOf(i, hostOf(i)));
    this.#servers = Array.from(
      { length: HTTP_USERS },
      (_, i) => new HttpShopper(hostOf(SHOPPERS + i), `http-${i}`),
    );
    for (const [i, actor] of [...this.#shoppers, ...this.#servers].entries())
      this.#keepActing(actor, seededRandom(seed * 1_000 + 500 + i));
    setInterval(() => {
      if (!this.#isWatched) return;
      for (const { ledger } of this.#shoppers) ledger.sweep(performance.now() * 1_000);
    }, SWEEP_EVERY_MS).unref();
  }

  static async open(url: string, seed: number): Promise<ShopFloor> {
    return new ShopFloor(url, await openShop(url), seed);
  }

  window(window: Window): void {
    this.#findings.window = window;
  }

  async settle(): Promise<void> {
    this.#isOpen = false;
    await waitFor(() => this.#shoppers.every(({ ledger }) => ledger.isSettled));
    this.#isOpen = true;
  }

  expectEnd(): void {
    this.#isWatched = false;
    for (const actor of [...this.#shoppers, ...this.#servers]) actor.expectEnd();
  }

  /** The gateway lives again: nothing acknowledged is missing, and what was not acknowledged gets there once. */
  async verify(): Promise<void> {
    this.#isOpen = false;
    for (const shopper of this.#shoppers) shopper.comeBack();
    await waitFor(() => this.#shoppers.every(({ ledger }) => ledger.ackedSeq === ledger.sentSeq));
    // Who asks for a session takes it over.
    const left = this.#shoppers.map(({ user, session, ledger }) => ({ user, session, ledger }));
    for (const shopper of this.#shoppers) shopper.leave();
    for (const shopper of left) await verifySession(this.#url, shopper, this.#findings);
    for (const server of this.#servers) await server.verify();
  }

  report(): FindingsReport {
    return this.#findings.report();
  }

  #keepActing(actor: { act(): void }, random: (limit: number) => number): void {
    const pauseMs = -Math.log((random(RANDOM_STEPS) + 1) / RANDOM_STEPS) * PAUSE_MS;
    setTimeout(() => {
      if (this.#isOpen) actor.act();
      this.#keepActing(actor, random);
    }, pauseMs).unref();
  }
}

function shopperOf(i: number, host: ShopperHost): HonestShopper {
  const slots = slotsOf(i, host.shop, host.random);
  const name = `honest-${i}`;
  if (i % SDK_EVERY === 0) return new SdkShopper(host, name, slots, i % 2 === 0);
  const tongue = i % 2 === 0 ? 'msgpack' : 'json';
  return new WireShopper(host, slots, { name, tongue, isNamed: i % VISITOR_EVERY !== 0 });
}
