import { Packr } from 'msgpackr';
import { WebSocket } from 'ws';
import { AfterclickClient, messagePackCodec, jsonCodec } from '../../../gateway/client/index.js';
import type { Slot } from '../../../gateway/protocol/messages.js';
import { ClickLedger } from './click-ledger.js';
import { planEvent, remember } from './event-plans.js';
import type { HonestShopper, ShopperHost } from './honest-shopper.js';
import { ListWatch } from './list-watch.js';
import { ShopperMemory } from './shopper-memory.js';

const packr = new Packr({ useRecords: false, variableMapSize: true, encodeUndefinedAsNil: true });

/** A shopper on a page that uses the project's SDK, and that is reloaded now and then. */
export class SdkShopper implements HonestShopper {
  readonly user: string;
  readonly ledger: ClickLedger;
  readonly #host: ShopperHost;
  readonly #name: string;
  readonly #slots: readonly Slot[];
  readonly #isBinary: boolean;
  readonly #memory = new ShopperMemory();
  readonly #lists: ListWatch;
  readonly #stored = new Map<string, string>();
  #client!: AfterclickClient;

  constructor(host: ShopperHost, name: string, slots: readonly Slot[], isBinary: boolean) {
    this.#host = host;
    this.#name = `${name} (SDK)`;
    this.#slots = slots;
    this.#isBinary = isBinary;
    this.user = name;
    this.ledger = new ClickLedger(host.findings, this.#name);
    this.#lists = new ListWatch(host, this.#name, this.ledger, this.#memory);
    this.#open();
  }

  get session(): string | undefined {
    return this.#client.session;
  }

  act(): void {
    const what = this.#host.random(100);
    // Before the first welcome the session has no name yet, and events no number.
    if (this.#client.user === undefined) return;
    if (what < 2) this.#reload();
    else if (what < 6) void this.#rank();
    else this.#click();
  }

  expectEnd(): void {}

  /** As a shopper does who reloads the page: at once, whatever the SDK's backoff has come to. */
  comeBack(): void {
    this.#reload();
  }

  leave(): void {
    this.#client.close();
  }

  #click(): void {
    const plan = planEvent(this.#host.random, this.#host.shop, this.#lists.shown);
    const seq = this.ledger.sent(
      this.#slots.map(({ slot }) => slot),
      this.#host.nowUs(),
    );
    remember(this.#memory, seq, plan);
    const { e, ...fields } = plan;
    const ticket = this.#client.track(e, fields);
    if (ticket.seq !== seq)
      this.#host.findings.problem('answer', `${this.#name}: ticket ${ticket.seq} for event ${seq}`);
  }

  async #rank(): Promise<void> {
    const { random, shop, findings } = this.#host;
    const candidates = Array.from({ length: 10 }, () => shop.ids[random(shop.ids.length)]);
    findings.ranks++;
    try {
      const { ids } = await this.#client.rank({ candidates, tmaxMs: 100 });
      if (ids.some((id) => !candidates.includes(id)))
        findings.problem('answer', `[T2] ${this.#name}: an item that was no candidate`);
    } catch {
      // Closed by a reload, or refused as `overloaded`: the contract allows both.
    }
  }

  /** A new page with the old page's storage. */
  #reload(): void {
    this.#host.findings.reconnects++;
    this.ledger.disturb();
    this.#client.close();
    this.#open();
  }

  #open(): void {
    const { url } = this.#host;
    this.#client = new AfterclickClient({
      url,
      user: this.user,
      slots: this.#slots,
      codec: this.#isBinary ? messagePackCodec(packr) : jsonCodec,
      WebSocket,
      storage: {
        getItem: (key) => this.#stored.get(key) ?? null,
        setItem: (key, value) => void this.#stored.set(key, value),
        removeItem: (key) => void this.#stored.delete(key),
      },
    });
    this.#lists.welcomed();
    this.#client.on('recs', (list) => {
      const slot = this.#slots.find(({ slot }) => slot === list.slot);
      if (slot !== undefined) this.#lists.came(list, slot);
    });
    this.#client.on('ack', ({ seq }) => this.ledger.acked(seq));
    this.#client.on('state', ({ name }) => name === 'connecting' && this.#lists.welcomed());
    this.#client.on('refused', ({ error }) =>
      this.#host.findings.problem('lost', `${this.#name}: an event was refused: ${error.message}`),
    );
    this.#client.on('error', ({ message }) =>
      this.#host.findings.problem('answer', `${this.#name}: ${message}`),
    );
  }
}
