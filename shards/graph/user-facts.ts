import { LATEST_VISITS, type PastVisit } from '../../model/intent/return-features.js';

/** Visits of which it is kept when they were, how long and what was bought; the oldest leaves first. */
export const VISITS_MAX = LATEST_VISITS;
/** Segments that there are at most, and so those that somebody is in. */
export const SEGMENTS_MAX = 32;
/** Campaigns that somebody is known to have seen; the one seen first is forgotten past that. */
export const CAMPAIGNS_SEEN_MAX = 8;
/** Bytes of what a client says of its user, as JSON. */
export const ATTRIBUTES_BYTES_MAX = 1_024;

/** Clicks of one visit that are told apart: the bound of a Uint16. */
const CLICKS_MAX = 65_535;

/**
 * What is kept of each user beside their graph: visits, purchases, what a client said of them, which segments they are in, and which
 * campaigns they saw. A field of `[users]` lies at the user's row, a visit at `row * VISITS_MAX + n`, oldest first, segments and campaigns
 * likewise.
 */
export class UserFacts {
  /** Float64 [users]: money of purchases less refunds, in the shop's currency; never below 0. */
  readonly spend: Float64Array;
  /** Uint32 [users]: purchases, and visits, so far. */
  readonly purchases: Uint32Array;
  readonly visits: Uint32Array;
  /** Float64 [users]: epoch ms when the first visit began; 0 before it. */
  readonly firstMs: Float64Array;
  /** Uint8 [users]: 1 when a state of before there were facts came first, so that the journal counts more than they do. */
  readonly isLate: Uint8Array;

  readonly visitCount: Uint8Array;
  /** Epoch seconds when it began; clicks; money of purchases. */
  readonly visitAt: Uint32Array;
  readonly visitClicks: Uint16Array;
  readonly visitSpend: Float32Array;

  readonly memberCount: Uint8Array;
  readonly memberOf: Uint16Array;

  readonly campaignCount: Uint8Array;
  /** `campaignId` of each, the one seen first at the front. */
  readonly campaigns: Uint32Array;

  /** By row: what a client said of the user, JSON of a map of scalars; '' for nothing. */
  readonly attributes: string[];

  constructor(users: number) {
    this.spend = new Float64Array(users);
    this.purchases = new Uint32Array(users);
    this.visits = new Uint32Array(users);
    this.firstMs = new Float64Array(users);
    this.isLate = new Uint8Array(users);
    this.visitCount = new Uint8Array(users);
    this.visitAt = new Uint32Array(users * VISITS_MAX);
    this.visitClicks = new Uint16Array(users * VISITS_MAX);
    this.visitSpend = new Float32Array(users * VISITS_MAX);
    this.memberCount = new Uint8Array(users);
    this.memberOf = new Uint16Array(users * SEGMENTS_MAX);
    this.campaignCount = new Uint8Array(users);
    this.campaigns = new Uint32Array(users * CAMPAIGNS_SEEN_MAX);
    this.attributes = Array.from({ length: users }, () => '');
  }

  clear(row: number): void {
    this.spend[row] = 0;
    this.purchases[row] = 0;
    this.visits[row] = 0;
    this.firstMs[row] = 0;
    this.isLate[row] = 0;
    this.visitCount[row] = 0;
    this.memberCount[row] = 0;
    this.campaignCount[row] = 0;
    this.attributes[row] = '';
  }

  /** A visit begins. */
  beginVisit(row: number, atMs: number): void {
    if (this.visits[row] === 0) this.firstMs[row] = atMs;
    this.visits[row]++;
    this.#append(row, { at: Math.floor(atMs / 1_000), clicks: 0, spend: 0 });
  }

  /** A click of the running visit. */
  countClick(row: number): void {
    const last = this.#last(row);
    if (last >= 0 && this.visitClicks[last] < CLICKS_MAX) this.visitClicks[last]++;
  }

  /** A purchase, or with a negative `value` a refund, of that much money. */
  pay(row: number, value: number): void {
    if (!Number.isFinite(value)) return;
    this.spend[row] = Math.max(0, this.spend[row] + value);
    if (value < 0) return;
    this.purchases[row]++;
    const last = this.#last(row);
    if (last >= 0) this.visitSpend[last] += value;
  }

  /** Counts all of `guest` for `host` too, as when a visitor says who they are. Segments stay those of the host. */
  merge(host: number, guest: number): void {
    this.spend[host] += this.spend[guest];
    this.purchases[host] += this.purchases[guest];
    this.visits[host] += this.visits[guest];
    this.firstMs[host] = earlier(this.firstMs[host], this.firstMs[guest]);
    this.isLate[host] |= this.isLate[guest];
    if (this.attributes[host] === '') this.attributes[host] = this.attributes[guest];
    const visits = [...this.visitsOf(host), ...this.visitsOf(guest)].toSorted((a, b) => a.at - b.at);
    this.visitCount[host] = 0;
    for (const visit of visits) this.#append(host, visit);
    for (const campaign of this.campaignsOf(guest)) this.seeCampaign(host, campaign);
  }

  /** The campaigns that the user saw; a view of what is kept. */
  campaignsOf(row: number): Uint32Array {
    const start = row * CAMPAIGNS_SEEN_MAX;
    return this.campaigns.subarray(start, start + this.campaignCount[row]);
  }

  /** @param campaign its `campaignId` */
  seeCampaign(row: number, campaign: number): void {
    if (this.campaignsOf(row).includes(campaign)) return;
    const start = row * CAMPAIGNS_SEEN_MAX;
    if (this.campaignCount[row] === CAMPAIGNS_SEEN_MAX) {
      this.campaigns.copyWithin(start, start + 1, start + CAMPAIGNS_SEEN_MAX);
      this.campaignCount[row]--;
    }
    this.campaigns[start + this.campaignCount[row]++] = campaign;
  }

  /** The latest visits, oldest first. The caller owns them. */
  visitsOf(row: number): PastVisit[] {
    return Array.from({ length: this.visitCount[row] }, (_, n) => {
      const i = row * VISITS_MAX + n;
      return { at: this.visitAt[i], clicks: this.visitClicks[i], spend: this.visitSpend[i] };
    });
  }

  /** The segments that the user is in. The caller owns them. */
  segmentsOf(row: number): number[] {
    const start = row * SEGMENTS_MAX;
    return Array.from(this.memberOf.subarray(start, start + this.memberCount[row]));
  }

  isMember(row: number, segment: number): boolean {
    const start = row * SEGMENTS_MAX;
    return this.memberOf.subarray(start, start + this.memberCount[row]).includes(segment);
  }

  /** From now on the user is in these, `SEGMENTS_MAX` at most. */
  setSegments(row: number, segments: readonly number[]): void {
    this.memberOf.set(segments, row * SEGMENTS_MAX);
    this.memberCount[row] = segments.length;
  }

  #append(row: number, { at, clicks, spend }: PastVisit): void {
    const start = row * VISITS_MAX;
    if (this.visitCount[row] === VISITS_MAX) {
      for (const field of [this.visitAt, this.visitClicks, this.visitSpend])
        field.copyWithin(start, start + 1, start + VISITS_MAX);
      this.visitCount[row]--;
    }
    const i = start + this.visitCount[row]++;
    this.visitAt[i] = at;
    this.visitClicks[i] = clicks;
    this.visitSpend[i] = spend;
  }

  /** Place of the running visit; −1 before the first. */
  #last(row: number): number {
    return this.visitCount[row] === 0 ? -1 : row * VISITS_MAX + this.visitCount[row] - 1;
  }
}

/** The earlier of two times, of which 0 is none. */
function earlier(a: number, b: number): number {
  return a === 0 || b === 0 ? Math.max(a, b) : Math.min(a, b);
}
