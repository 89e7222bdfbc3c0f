import { button, element, pageElement } from '../elements/element.js';
import { campaignPanel } from './campaign-panel.js';
import { CommunityMap } from './community-map.js';
import { itemRows } from './item-rows.js';
import { keepFocus } from './keep-focus.js';
import type { Counted, Family, Item, MarketAnswer, Thing } from './market-answer.js';
import { MarketSource, type MarketOutcome, type MarketView } from './market-source.js';
import { movementList } from './movement-list.js';
import { percent, periodName, whole } from './numbers.js';
import { seriesChart } from './series-chart.js';
import { nameOf } from './thing-name.js';

const PERIODS = [1, 3, 7, 14] as const;
/** Kinds of things that rise and fall, as the page calls them. */
const KINDS = {
  items: 'Items',
  communities: 'Communities',
  categories: 'Categories',
  brands: 'Brands',
} as const;
type Kind = keyof typeof KINDS;
const PAIRS_SHOWN = 8;

/** The market of the shop, live: map, what moves, and whatever somebody looks at. Nothing is drawn while a button is held. */
export class MarketPage {
  readonly #source = new MarketSource((outcome) => this.#take(outcome));
  readonly #map = new CommunityMap(pageElement('map'), (community) => this.#chooseCommunity(community));
  #view: MarketView = { periods: 7 };
  #kind: Kind = 'items';
  #community: string | undefined;
  #answer: MarketAnswer | undefined;
  /** What the answer is about: a moment behind what is looked at. */
  #answered: MarketView = { periods: 7 };
  #isHeld = false;

  open(): void {
    document.addEventListener('pointerdown', () => {
      this.#isHeld = true;
    });
    for (const end of ['pointerup', 'pointercancel'])
      document.addEventListener(end, () => setTimeout(() => this.#release()));
    pageElement('token-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#source.useToken((pageElement('token') as HTMLInputElement).value.trim());
    });
    addEventListener('resize', () => this.#draw());
    this.#look({});
  }

  #take(outcome: MarketOutcome): void {
    pageElement('token-form').hidden = outcome.is !== 'locked';
    const state = pageElement('state');
    state.classList.toggle('is-live', outcome.is === 'answer');
    if (outcome.is === 'answer') {
      this.#answer = outcome.answer;
      this.#answered = outcome.view;
      state.textContent = 'Live';
      this.#draw();
    } else state.textContent = outcome.is === 'locked' ? 'A token is needed' : outcome.why;
  }

  #look(change: Partial<MarketView>): void {
    this.#view = { ...this.#view, ...change };
    this.#source.look(this.#view);
    this.#draw();
  }

  #release(): void {
    this.#isHeld = false;
    this.#draw();
  }

  #draw(): void {
    const answer = this.#answer;
    if (answer === undefined || this.#isHeld) return;
    keepFocus(() => {
      pageElement('periods').replaceChildren(...this.#periodButtons(answer));
      pageElement('figures').replaceChildren(...figures(answer));
      this.#map.show(answer.communities, answer.flows, this.#community);
      pageElement('map-note').textContent =
        answer.communities.top.length === 0
          ? 'Communities come with the first cut, about a minute after the start.'
          : '';
      pageElement('kinds').replaceChildren(...this.#kindButtons());
      pageElement('rising').replaceChildren(this.#movements(answer[this.#kind], 'rising'));
      pageElement('falling').replaceChildren(this.#movements(answer[this.#kind], 'falling'));
      pageElement('looked-at').replaceChildren(...this.#lookedAt(answer));
      pageElement('campaigns').replaceChildren(...this.#campaigns(answer));
    });
  }

  #periodButtons({ periodMs }: MarketAnswer): HTMLElement[] {
    return PERIODS.map((periods) =>
      choice(
        `${periods} × ${lengthName(periodMs)}`,
        `periods-${periods}`,
        this.#view.periods === periods,
        () => this.#look({ periods }),
      ),
    );
  }

  #kindButtons(): HTMLElement[] {
    return (Object.keys(KINDS) as Kind[]).map((kind) =>
      choice(KINDS[kind], `kind-${kind}`, this.#kind === kind, () => {
        this.#kind = kind;
        this.#draw();
      }),
    );
  }

  #movements(family: Family, kind: 'rising' | 'falling'): HTMLElement {
    const open = this.#kind === 'items' ? (thing: Thing) => this.#openItem(thing) : undefined;
    return movementList(family[kind], kind, open);
  }

  #chooseCommunity({ id }: Counted): void {
    this.#community = this.#community === String(id) ? undefined : String(id);
    this.#look({ item: undefined });
  }

  #openItem({ id }: Thing): void {
    this.#look({ item: String(id) });
    pageElement('looked-at').scrollIntoView({ block: 'nearest' });
  }

  /** An item, or else a community, or else the whole shop. */
  #lookedAt(answer: MarketAnswer): HTMLElement[] {
    if (this.#view.item !== undefined) return this.#item(this.#view.item, answer);
    const community = answer.communities.top.find(({ id }) => String(id) === this.#community);
    const open = (item: Item): void => this.#openItem(item);
    if (community !== undefined)
      return [
        heading(nameOf(community)),
        conversion(community),
        itemRows(
          (community.leading ?? []).map((item) => ({ item, note: 'of its most clicked' })),
          'leading',
          open,
        ),
      ];
    const top = answer.items.top.slice(0, PAIRS_SHOWN).map((counted) => ({
      item: counted as Counted & Item,
      note: `${whole(counted.shoppers)} shoppers, ${whole(counted.buyers)} buyers`,
    }));
    return [
      heading('The whole shop'),
      this.#series(answer),
      element('h3', {}, 'Most shoppers'),
      itemRows(top, 'top', open),
    ];
  }

  #series({ series, periodMs }: MarketAnswer): HTMLElement {
    return this.#answered.item === this.#view.item
      ? seriesChart(series, periodMs)
      : element('p', { class: 'market-none' }, 'Looking …');
  }

  #item(id: string, answer: MarketAnswer): HTMLElement[] {
    const known = [...answer.items.top, ...answer.items.rising, ...answer.items.falling].find(
      (item) => item.id === id,
    );
    const pairs = answer.boughtTogether.filter(({ items }) => items.some((item) => item.id === id));
    const paired = pairs.flatMap(({ items }) => items).find((item) => item.id === id);
    const others = pairs.slice(0, PAIRS_SHOWN).map(({ items, baskets }) => ({
      item: (items[0].id === id ? items[1] : items[0]) as Item,
      note: `in ${whole(baskets)} ${baskets === 1 ? 'basket' : 'baskets'} with it`,
    }));
    const head = [
      heading(nameOf(known ?? paired ?? { id })),
      button('Back', { class: 'choice', 'data-key': 'back' }, () => this.#look({ item: undefined })),
      this.#series(answer),
    ];
    if (this.#answered.item !== id) return head;
    return [
      ...head,
      element('h3', {}, 'Bought with it'),
      others.length === 0
        ? element('p', { class: 'market-none' }, 'Nothing so far.')
        : itemRows(others, 'pair', (item) => this.#openItem(item)),
    ];
  }

  #campaigns({ campaigns, campaign }: MarketAnswer): HTMLElement[] {
    if (campaigns.length === 0)
      return [element('p', { class: 'market-none' }, 'No event has named a campaign.')];
    return [
      element(
        'div',
        { class: 'choices' },
        ...campaigns.map(({ name }) =>
          choice(name, `campaign-${name}`, this.#view.campaign === name, () =>
            this.#look({ campaign: this.#view.campaign === name ? undefined : name }),
          ),
        ),
      ),
      ...(campaign !== undefined && campaign.name === this.#view.campaign ? [campaignPanel(campaign)] : []),
    ];
  }
}

function heading(text: string): HTMLElement {
  return element('h2', { id: 'looked-at-title' }, text);
}

function choice(text: string, key: string, isChosen: boolean, choose: () => void): HTMLElement {
  return button(text, { class: 'choice', 'data-key': key, 'aria-pressed': String(isChosen) }, choose);
}

function figures({ total, series, periodMs }: MarketAnswer): HTMLElement[] {
  const since = series[0];
  return [
    figure(whole(total.clicks), 'clicks'),
    figure(whole(total.shoppers), 'visits of items'),
    figure(whole(total.buyers), 'items bought'),
    figure(
      percent(total.conversion.value),
      `buy (${percent(total.conversion.low)} to ${percent(total.conversion.high)})`,
    ),
    ...(since === undefined ? [] : [figure(periodName(since.fromMs, periodMs), 'counted since')]),
  ];
}

function figure(value: string, what: string): HTMLElement {
  return element('div', { class: 'figure' }, element('b', {}, value), element('span', {}, what));
}

function conversion({ shoppers, buyers, conversion: { value, low, high } }: Counted): HTMLElement {
  const text = `${whole(shoppers)} shoppers, ${whole(buyers)} buyers: ${percent(value)} buy (${percent(low)} to ${percent(high)}).`;
  return element('p', { class: 'market-note' }, text);
}

function lengthName(periodMs: number): string {
  if (periodMs === 86_400_000) return 'day';
  if (periodMs % 3_600_000 === 0) return periodMs === 3_600_000 ? 'hour' : `${periodMs / 3_600_000} h`;
  return periodMs === 60_000 ? 'minute' : `${Math.round(periodMs / 1_000)} s`;
}
