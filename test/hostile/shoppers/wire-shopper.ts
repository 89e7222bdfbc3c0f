import type {
  Event,
  Recs,
  ServerMessage,
  Slot,
  Welcome,
  WireError,
} from '../../../gateway/protocol/messages.js';
import { ClickLedger } from './click-ledger.js';
import { planEvent, remember } from './event-plans.js';
import type { ProblemKind } from './findings.js';
import type { HonestShopper, ShopperHost } from './honest-shopper.js';
import { ListWatch } from './list-watch.js';
import { PlainClient, type Tongue } from '../../support/gateway/plain-client.js';
import { RankDesk } from './rank-desk.js';
import { ShopperMemory } from './shopper-memory.js';
import { UnackedEvents } from './unacked-events.js';

const RECONNECT_MS = 500;
const RETRY_MS = 100;

/** Who shops: a visitor when they give no name. */
interface Who {
  readonly name: string;
  readonly tongue: Tongue;
  readonly isNamed: boolean;
}

/** A shopper with a client of their own, written from the contract: clicks, resumes, sends again what was refused for a while. */
export class WireShopper implements HonestShopper {
  readonly ledger: ClickLedger;
  readonly user: string | undefined;
  readonly #host: ShopperHost;
  readonly #name: string;
  readonly #tongue: Tongue;
  readonly #slots: readonly Slot[];
  readonly #memory = new ShopperMemory();
  readonly #lists: ListWatch;
  readonly #desk: RankDesk;
  readonly #unacked = new UnackedEvents((event) => this.#client.send(event));
  #client!: PlainClient;
  #session: string | undefined;
  #isWelcome = false;
  #mayEnd = false;
  #isGone = false;

  constructor(host: ShopperHost, slots: readonly Slot[], { name, tongue, isNamed }: Who) {
    this.#host = host;
    this.#name = `${name} (${tongue})`;
    this.#tongue = tongue;
    this.#slots = slots;
    this.user = isNamed ? name : undefined;
    this.ledger = new ClickLedger(host.findings, this.#name);
    this.#lists = new ListWatch(host, this.#name, this.ledger, this.#memory);
    this.#desk = new RankDesk(host, this.#name, this.#memory);
    this.#connect();
  }

  get session(): string | undefined {
    return this.#session;
  }

  act(): void {
    const what = this.#host.random(100);
    if (what < 2) this.#reconnect();
    else if (this.#isWelcome && what < 8) this.#client.send(this.#desk.rank());
    else if (this.#isWelcome && what < 12) this.#client.send(this.#desk.recommend(this.ledger.ackedSeq));
    else if (this.#isWelcome) this.#click();
  }

  expectEnd(): void {
    this.#mayEnd = true;
  }

  comeBack(): void {
    this.#mayEnd = false;
    this.ledger.disturb();
    this.#client.cut();
    this.#connect();
  }

  leave(): void {
    this.#isGone = true;
    this.#unacked.stop();
    this.#client.cut();
  }

  #click(): void {
    const plan = planEvent(this.#host.random, this.#host.shop, this.#lists.shown);
    const seq = this.ledger.sent(
      this.#slots.map(({ slot }) => slot),
      this.#host.nowUs(),
    );
    remember(this.#memory, seq, plan);
    const event: Event = { t: 'event', seq, ...plan };
    this.#unacked.add(event);
  }

  #reconnect(): void {
    if (!this.#isWelcome) return;
    this.#host.findings.reconnects++;
    this.ledger.disturb();
    this.#client.cut();
    this.#connect();
  }

  #connect(): void {
    if (this.#isGone) return;
    this.#unacked.stop();
    this.#isWelcome = false;
    this.#desk.clear();
    const resume =
      this.#session === undefined ? {} : { resume: { session: this.#session, seq: this.ledger.ackedSeq } };
    const hello = { t: 'hello', user: this.user, slots: this.#slots, ...resume } as const;
    const client = new PlainClient(this.#host.url, this.#tongue, hello, {
      message: (message) => this.#client === client && this.#hear(message),
      closed: (code) => this.#client === client && this.#closed(code),
    });
    this.#client = client;
  }

  #hear(message: ServerMessage): void {
    if (message.t === 'welcome') this.#welcomed(message);
    else if (message.t === 'recs') this.#listed(message);
    else if (message.t === 'ack') this.#acked(message.seq);
    else if (message.t === 'result') this.#desk.answered(message);
    else if (message.t === 'error') this.#refused(message);
    else if (message.t === 'bye' && !this.#mayEnd)
      this.#problem('closed', `bye ${message.code} ${message.reason}`);
  }

  #listed(recs: Recs): void {
    const slot = this.#slots.find(({ slot }) => slot === recs.slot);
    if (slot !== undefined) this.#lists.came(recs, slot);
  }

  #welcomed({ session, seq }: Welcome): void {
    const { ackedSeq, sentSeq } = this.ledger;
    if (seq < ackedSeq) this.#problem('lost', `[D1] welcome.seq ${seq}, acknowledged up to ${ackedSeq}`);
    if (seq > sentSeq) this.#problem('answer', `[D4] welcome.seq ${seq} of ${sentSeq} sent`);
    if (this.#session !== undefined && session !== this.#session)
      this.#problem('answer', '[D4] another session after resume');
    this.#session = session;
    this.#isWelcome = true;
    this.#lists.welcomed();
    this.#acked(seq);
    this.#unacked.sendAll();
  }

  #acked(upTo: number): void {
    this.ledger.acked(upTo);
    this.#unacked.acked(upTo);
  }

  #refused({ code, seq, id, message, retryAfterMs }: WireError): void {
    if (code === 'overloaded') this.#host.findings.overloaded++;
    const isForAWhile = code === 'overloaded' || code === 'shard_restarting';
    if (seq !== undefined && (isForAWhile || code === 'seq_gap'))
      this.#unacked.sendAllIn(retryAfterMs ?? RETRY_MS);
    else if (id === undefined || !isForAWhile) this.#problem('answer', `error ${code}: ${message}`);
  }

  #closed(code: number): void {
    this.#isWelcome = false;
    if (this.#mayEnd || this.#isGone) return;
    this.#problem('closed', `closed with ${code}`);
    setTimeout(() => this.#connect(), RECONNECT_MS);
  }

  #problem(kind: ProblemKind, words: string): void {
    this.#host.findings.problem(kind, `${this.#name}: ${words}`);
  }
}
