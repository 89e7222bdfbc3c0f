/** What the page shows of `GET /v1/market` (docs/PROTOCOL.md, *Market*). */
export interface MarketAnswer {
  readonly periodMs: number;
  readonly periods: number;
  readonly total: Counts;
  readonly series: readonly PeriodCounts[];
  readonly items: Family;
  readonly categories: Family;
  readonly brands: Family;
  readonly communities: Family;
  readonly flows: readonly Flow[];
  readonly boughtTogether: readonly { readonly items: readonly [Thing, Thing]; readonly baskets: number }[];
  readonly campaigns: readonly { readonly name: string }[];
  readonly campaign?: CampaignAnswer;
}

export interface Counts {
  readonly clicks: number;
  readonly shoppers: number;
  readonly buyers: number;
  readonly conversion: { readonly value: number; readonly low: number; readonly high: number };
}

export interface PeriodCounts {
  readonly fromMs: number;
  readonly clicks: number;
  readonly shoppers: number;
  readonly buyers: number;
}

/** An item (`id`, `title`), a community (`id`, `name`), or a category or brand (`name`). */
export interface Thing {
  readonly id?: string | number;
  readonly title?: string;
  readonly name?: string;
}

export interface Counted extends Thing, Counts {
  /** Of a community: its most clicked items. */
  readonly leading?: readonly Item[];
}

export interface Item extends Thing {
  readonly id: string;
}

export interface Movement extends Thing {
  readonly now: number;
  readonly before: number;
  readonly ratio: number | null;
  readonly low: number;
  readonly high: number | null;
  readonly p: number;
}

export interface Family {
  readonly top: readonly Counted[];
  readonly rising: readonly Movement[];
  readonly falling: readonly Movement[];
}

export interface Flow {
  readonly from: Thing;
  readonly to: Thing;
  readonly clicks: number;
  readonly lift: number;
}

export interface Lift {
  readonly observed: number;
  readonly expected: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number | null;
  readonly p: number;
}

export interface CampaignAnswer {
  readonly name: string;
  readonly periodsBefore: number;
  readonly periodsSince: number;
  readonly shop: { readonly shoppers: Lift | null; readonly buyers: Lift | null };
  readonly items?: { readonly shoppers: Lift | null; readonly buyers: Lift | null };
  readonly against: Lift | null;
}
