import type { BundleManifest } from '../../../model/bundle/bundle-manifest.js';
import { COLD_LENGTHS, type ColdData, type ColdEvaluation, type ColdRecall } from './cold-methods.js';
import { NEW_USER_K, type NewUserRecall } from './new-users.js';

/** Columns of the table about items, in order. */
const ITEM_COLUMNS = ['never learned', 'first ever', 'live', 'in list'].flatMap((name) =>
  COLD_LENGTHS.map((k) => `${name}@${k}`),
);
const USER_COLUMNS = ['shop', 'category'] as const;

/** By method and column. */
type ColdFigures = Record<string, Record<string, number>>;

/**
 * Figures about new items and new users, by method. Of new items: `never learned`, first purchases of a customer when nothing
 * is learned after the training, so that to every method the item was never sold; with everyone learning as the sessions
 * go by, `first ever`, first purchases of the item, and `live`, first purchases of a customer. `in list`: new items that a list
 * holds on average, never learned. Behind `@` stands the length of the lists.
 */
export class ColdReport {
  readonly #manifest: BundleManifest;
  readonly #evaluation: ColdData;
  readonly #items: ColdFigures = {};
  readonly #users: ColdFigures = {};

  constructor(manifest: BundleManifest, evaluation: ColdData) {
    this.#manifest = manifest;
    this.#evaluation = evaluation;
  }

  addItems(
    method: string,
    { learns, k }: Pick<ColdEvaluation, 'learns' | 'k'>,
    { first, user }: ColdRecall,
    inList?: number,
  ): void {
    this.#items[method] = {
      ...this.#items[method],
      ...(learns ? { [`first ever@${k}`]: first, [`live@${k}`]: user } : { [`never learned@${k}`]: user }),
      ...(!learns && inList !== undefined && { [`in list@${k}`]: Math.round(100 * inList) / 100 }),
    };
  }

  addUsers(method: string, { shop, category }: NewUserRecall): void {
    this.#users[method] = { shop, category };
  }

  table(): string {
    const { newItems, questions, sessions } = this.#facts();
    const { itemIds, name } = this.#evaluation.dataset;
    return [
      `${name}: ${newItems} new items, ${questions.user} first purchases of a customer, ${questions.first} of them the item's first`,
      ...tableOf(`Recall among ${itemIds.length} items`, ITEM_COLUMNS, this.#items),
      ...tableOf(`Recall@${NEW_USER_K}, ${sessions} new users`, USER_COLUMNS, this.#users),
      '',
    ].join('\n');
  }

  json(): object {
    return { ...this.#facts(), items: this.#items, users: this.#users };
  }

  #facts() {
    const { questions, test, dataset } = this.#evaluation;
    const { name, version } = this.#manifest;
    return {
      bundle: `${name}@${version}`,
      data: dataset.name,
      itemsK: COLD_LENGTHS,
      usersK: NEW_USER_K,
      sessions: test.to - test.from,
      newItems: questions.isNew.reduce((sum, one) => sum + one, 0),
      questions: { user: questions.count('user'), first: questions.count('first') },
    };
  }
}

function tableOf(title: string, columns: readonly string[], figures: ColdFigures): string[] {
  const cells = (values: readonly (number | string | undefined)[]): string =>
    values.map((value, i) => String(value ?? '–').padStart(Math.max(10, columns[i].length + 2))).join('');
  const head = title.padEnd(30) + cells(columns);
  const rows = Object.entries(figures).map(
    ([method, row]) => method.padEnd(30) + cells(columns.map((column) => row[column])),
  );
  return ['', head, ...rows];
}
