import type { MarketAnswer } from './market-answer.js';

/** Pause between two answers; the next question waits for the answer before it. */
const EVERY_MS = 2_000;
/** Where a token for the gateway is kept, while the tab is open. */
const TOKEN_KEY = 'afterclick-market-token';

/** What is looked at. */
export interface MarketView {
  readonly periods: number;
  readonly item?: string | undefined;
  readonly campaign?: string | undefined;
}

/** What becomes of a question; `locked` wants a token with the scope `operate`. */
export type MarketOutcome =
  | { readonly is: 'answer'; readonly answer: MarketAnswer; readonly view: MarketView }
  | { readonly is: 'locked' }
  | { readonly is: 'failed'; readonly why: string };

/** Asks the gateway for the market again and again, while somebody looks at the page. */
export class MarketSource {
  readonly #tell: (outcome: MarketOutcome) => void;
  #view: MarketView = { periods: 7 };
  #timer = 0;
  #asked = 0;

  constructor(tell: (outcome: MarketOutcome) => void) {
    this.#tell = tell;
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.#ask();
    });
  }

  /** Looks at something else from now on; the answer comes at once. */
  look(view: MarketView): void {
    this.#view = view;
    void this.#ask();
  }

  useToken(token: string): void {
    sessionStorage.setItem(TOKEN_KEY, token);
    void this.#ask();
  }

  /** An answer to an earlier question is dropped when a newer one is out. */
  async #ask(): Promise<void> {
    clearTimeout(this.#timer);
    const number = ++this.#asked;
    const outcome = await ask(this.#view);
    if (number !== this.#asked) return;
    this.#tell(outcome);
    if (outcome.is === 'locked' || document.hidden) return;
    this.#timer = setTimeout(() => void this.#ask(), EVERY_MS);
  }
}

async function ask(view: MarketView): Promise<MarketOutcome> {
  const query = new URLSearchParams({ periods: String(view.periods), top: '40' });
  if (view.item !== undefined) query.set('item', view.item);
  if (view.campaign !== undefined) query.set('campaign', view.campaign);
  const token = sessionStorage.getItem(TOKEN_KEY);
  try {
    const reply = await fetch(`/v1/market?${query}`, {
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
    });
    if (reply.status === 401 || reply.status === 403) return { is: 'locked' };
    if (!reply.ok) return { is: 'failed', why: `the gateway answered ${reply.status}` };
    return { is: 'answer', answer: (await reply.json()) as MarketAnswer, view };
  } catch {
    return { is: 'failed', why: 'the gateway does not answer' };
  }
}
