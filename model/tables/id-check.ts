import { ITEM_LIMITS } from '../catalogue/item.js';
import { isNothing } from './read-number.js';

/** What is wrong with an id; undefined for one that can stand. */
export function idProblem(id: string): string | undefined {
  if (id.length === 0 || id.length > ITEM_LIMITS.id) return `an id of 1 to ${ITEM_LIMITS.id} characters`;
  if (isNothing(id)) return 'an id, and not a word for nothing';
  if (id.trim() !== id) return 'an id without spaces around it';
  if (/^(["']).*\1$/.test(id)) return 'an id without quotes around it';
  return undefined;
}

/** Ids that differ only in what programs add to them or take away: a decimal `.0`, zeros in front. */
function plainForm(id: string): string {
  return id.replace(/\.0+$/, '').replace(/^0+(?=.)/, '');
}

/** Finds ids of one table that another table writes in another way. */
export class IdMatch {
  /** How many of the ids asked for the table has not, as clicks. */
  unlisted = 0;
  listed = 0;
  readonly #ids: ReadonlySet<string>;
  readonly #byForm = new Map<string, string>();
  /** The table's way of writing an id that was asked for, by that. */
  readonly #known = new Map<string, string | undefined>();

  /** `ids` are those of the other table; with none of them all is well. */
  constructor(ids: readonly string[]) {
    this.#ids = new Set(ids);
    for (const id of ids) this.#byForm.set(plainForm(id), id);
  }

  /** What is wrong with an id that the table writes in another way. Counts those it has and has not. */
  problem(id: string): string | undefined {
    if (this.#ids.size === 0) return undefined;
    if (this.#ids.has(id)) {
      this.listed++;
      return undefined;
    }
    this.unlisted++;
    if (!this.#known.has(id)) this.#known.set(id, this.#byForm.get(plainForm(id)));
    const other = this.#known.get(id);
    return other === undefined ? undefined : `"${other}", as the table of items writes it`;
  }
}
