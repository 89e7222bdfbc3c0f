import type { AfterclickClient, Graph, Profile, TuneValue } from '../../client/index.js';
import { pageElement } from '../elements/element.js';
import type { Stockroom } from '../shop/stockroom.js';
import { InterestList } from './interest-list.js';
import { InterestMap } from './interest-map.js';

/** Pause between two questions for graph and profile: a click asks at once, a burst of clicks asks once more at its end. */
const ASK_EVERY_MS = 250;

/** Map and list of the shopper's interests, asked of the gateway after what changes them. */
export class InterestsPanel {
  readonly #client: AfterclickClient;
  readonly #stockroom: Stockroom;
  readonly #map: InterestMap;
  readonly #list: InterestList;
  #isAsking = false;
  #isStale = false;

  constructor(client: AfterclickClient, stockroom: Stockroom) {
    this.#client = client;
    this.#stockroom = stockroom;
    this.#map = new InterestMap(pageElement('interests'), stockroom);
    this.#list = new InterestList(
      pageElement('profile'),
      (interest, value) => void this.#tune(interest, value),
    );
  }

  /** Something happened that may have changed them. */
  refresh(): void {
    this.#isStale = true;
    if (!this.#isAsking) void this.#ask();
  }

  /** Points at items in the map. */
  point(ids: readonly string[]): void {
    this.#map.point(ids);
  }

  /** What cannot be had is asked for again when the connection is back. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    try {
      while (this.#isStale) {
        this.#isStale = false;
        const [graph, profile] = await Promise.all([this.#client.graph(), this.#client.profile()]);
        await this.#show(graph, profile);
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
    } catch {
      this.#isStale = false;
    } finally {
      this.#isAsking = false;
    }
  }

  async #show(graph: Graph, profile: Profile): Promise<void> {
    await this.#stockroom.load(graph.nodes.filter(({ kind }) => kind === 'item').map(({ id }) => id));
    this.#map.show(graph, profile);
    this.#list.show(profile);
  }

  async #tune(interest: number, value: TuneValue): Promise<void> {
    const profile = await this.#client.tune(interest, value).catch(() => undefined);
    if (profile !== undefined) this.#list.show(profile);
  }
}
