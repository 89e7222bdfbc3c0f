import { createHash } from 'node:crypto';
import { KIND_ATTRIBUTE, type Item } from '../../../model/catalogue/shared-catalogue.js';
import { sessionCount, type Dataset } from '../../../model/train/data/dataset.js';

/** What the two halves of the items are called. */
export const HALVES = ['one', 'other'] as const;

/** Half of an item, 0 or 1, by its id: the same on every machine, and of nothing that is known of the item. */
export function halfOf(id: string): number {
  return createHash('sha256').update(id).digest()[0] & 1;
}

/** The items with their half as their kind. */
export function itemsOfKinds(items: readonly Item[]): Item[] {
  return items.map((item) => ({
    ...item,
    attributes: { ...item.attributes, [KIND_ATTRIBUTE]: HALVES[halfOf(item.id)] },
  }));
}

/** Sessions as `Dataset` has them, while they are made. */
class SessionRows {
  readonly item: number[] = [];
  readonly kind: number[] = [];
  readonly timeMs: number[] = [];
  readonly asked: number[] = [];
  readonly start = [0];
  readonly user: number[] = [];

  add(from: Dataset, click: number, isAsked: boolean): void {
    this.item.push(from.item[click]);
    this.kind.push(from.kind[click]);
    this.timeMs.push(from.timeMs?.[click] ?? 0);
    this.asked.push(isAsked ? 1 : 0);
  }

  end(user: number): void {
    if (this.item.length === this.start[this.start.length - 1]) return;
    this.start.push(this.item.length);
    this.user.push(user);
  }

  /** @param withAsked false: after every click that has a next one a question may follow */
  build(from: Dataset, withAsked: boolean): Dataset {
    const { asked: _all, ...rest } = from;
    return {
      ...rest,
      item: Int32Array.from(this.item),
      kind: Uint8Array.from(this.kind),
      timeMs: from.timeMs && Float64Array.from(this.timeMs),
      start: Int32Array.from(this.start),
      user: Int32Array.from(this.user),
      ...(withAsked && { asked: Uint8Array.from(this.asked) }),
    };
  }
}

/** Clicks of a session on items of one half, in order. */
function clicksOf({ start, item, itemIds }: Dataset, session: number, half: number): number[] {
  const clicks: number[] = [];
  for (let click = start[session]; click < start[session + 1]; click++)
    if (halfOf(itemIds[item[click]]) === half) clicks.push(click);
  return clicks;
}

/** The same clicks, so that none joins the halves: each session is two, one of each half, of two users who are strangers. */
export function apart(dataset: Dataset): Dataset {
  const rows = new SessionRows();
  for (let session = 0; session < sessionCount(dataset); session++)
    for (const half of [0, 1]) {
      for (const click of clicksOf(dataset, session, half)) rows.add(dataset, click, true);
      const user = dataset.user[session];
      rows.end(user < 0 ? -1 : 2 * user + half);
    }
  return rows.build(dataset, false);
}

/** Sessions of one half, each with the items of the other half that the same session had. */
export interface KindQuestions {
  /**
   * A session is the clicks on items of the one half, by somebody nobody knows, and then one of the other: a question follows
   * before that last click, and no other.
   */
  readonly dataset: Dataset;
  /** By session: rows of the items of the other half, each once. */
  readonly answers: readonly ReadonlySet<number>[];
}

/** Questions of the sessions from `from` on that have both halves. */
export function questionsAcross(dataset: Dataset, from: number, half: number): KindQuestions {
  const rows = new SessionRows();
  const answers: Set<number>[] = [];
  for (let session = from; session < sessionCount(dataset); session++) {
    const known = clicksOf(dataset, session, half);
    const asked = clicksOf(dataset, session, 1 - half);
    if (known.length === 0 || asked.length === 0) continue;
    known.forEach((click, i) => rows.add(dataset, click, i === known.length - 1));
    rows.add(dataset, asked[0], false);
    rows.end(-1);
    answers.push(new Set(asked.map((click) => dataset.item[click])));
  }
  return { dataset: rows.build(dataset, true), answers };
}
