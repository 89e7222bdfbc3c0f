import type { Findings, Window } from './findings.js';

/** A click without its list or its ack after so long counts as lost. */
const WAIT_US = 10_000_000;

interface PendingClick {
  readonly sentUs: number;
  readonly window: Window;
  readonly slotsLeft: Set<string>;
  /** It was on its way when the shopper cut the connection: its time says nothing of the gateway. */
  isDisturbed: boolean;
  isAcked: boolean;
  isGivenUp: boolean;
}

/** The clicks of one session: each has to bring a list for every slot (R1) and an ack (D1). */
export class ClickLedger {
  readonly #pending = new Map<number, PendingClick>();
  readonly #findings: Findings;
  readonly #name: string;
  #sentSeq = 0;
  #ackedSeq = 0;

  constructor(findings: Findings, name: string) {
    this.#findings = findings;
    this.#name = name;
  }

  /** Highest `seq` sent. */
  get sentSeq(): number {
    return this.#sentSeq;
  }

  /** Highest `seq` acknowledged, by an `ack` or a `welcome`. */
  get ackedSeq(): number {
    return this.#ackedSeq;
  }

  get isSettled(): boolean {
    return this.#pending.size === 0;
  }

  sent(slots: readonly string[], nowUs: number): number {
    const seq = ++this.#sentSeq;
    this.#findings.clicks++;
    this.#pending.set(seq, {
      sentUs: nowUs,
      window: this.#findings.window,
      slotsLeft: new Set(slots),
      isDisturbed: false,
      isAcked: false,
      isGivenUp: false,
    });
    return seq;
  }

  listed(slot: string, cause: number, nowUs: number): void {
    for (const [seq, click] of this.#pending) {
      if (seq > cause) break;
      if (click.slotsLeft.delete(slot) && click.slotsLeft.size === 0) this.#complete(seq, click, nowUs);
    }
  }

  acked(upTo: number): void {
    if (upTo > this.#sentSeq)
      this.#findings.problem('answer', `[D1] ${this.#name}: ack ${upTo} of ${this.#sentSeq} sent`);
    this.#ackedSeq = Math.max(this.#ackedSeq, upTo);
    for (const [seq, click] of this.#pending) {
      if (seq > upTo) break;
      click.isAcked = true;
      this.#settle(seq, click);
    }
  }

  /** The shopper is about to cut the connection. */
  disturb(): void {
    for (const click of this.#pending.values()) click.isDisturbed = true;
  }

  /** Gives up what has waited for too long. */
  sweep(nowUs: number): void {
    for (const [seq, click] of this.#pending) {
      if (nowUs - click.sentUs < WAIT_US) break;
      if (click.isGivenUp) continue;
      click.isGivenUp = true;
      const lacks = [...click.slotsLeft].map((slot) => `list of ${slot}`);
      if (!click.isAcked) lacks.push('ack');
      this.#findings.problem(
        'lost',
        `[R1][D1] ${this.#name}: click ${seq} without ${lacks.join(', ')}`,
        click.window,
      );
      if (click.slotsLeft.size > 0) this.#findings.listed(click.window, WAIT_US);
    }
  }

  #complete(seq: number, click: PendingClick, nowUs: number): void {
    if (!click.isDisturbed && !click.isGivenUp) this.#findings.listed(click.window, nowUs - click.sentUs);
    this.#settle(seq, click);
  }

  #settle(seq: number, click: PendingClick): void {
    if (click.isAcked && click.slotsLeft.size === 0) this.#pending.delete(seq);
  }
}
