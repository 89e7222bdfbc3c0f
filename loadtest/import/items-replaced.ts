import type { ItemsApi } from './items-api.js';

/** Ids of one call. */
const BITE_IDS = 1_000;

/** What became of the items that a feed does not hold. */
export type Replaced =
  | { readonly removed: number; readonly of: number }
  | { readonly kept: number; readonly of: number; readonly why: string };

/**
 * Removes the items of the catalogue that are not in `held`, in bites. With more than `percentMax` of the catalogue to be removed, or
 * when `isDry`, nothing is. `removed` hears how many have been, and of how many.
 */
export async function removeOthers(
  api: Pick<ItemsApi, 'pages' | 'remove'>,
  held: ReadonlySet<string>,
  { percentMax, isDry }: { readonly percentMax: number; readonly isDry: boolean },
  told: (done: number, of: number) => void,
): Promise<Replaced> {
  const others: string[] = [];
  let of = 0;
  for await (const { ids, total } of api.pages()) {
    of = total;
    for (const id of ids) if (!held.has(id)) others.push(id);
  }
  const kept = others.length;
  if (kept > (of * percentMax) / 100) {
    const percent = ((100 * kept) / of).toFixed(1);
    const why = `they are ${percent} % of the catalogue, and at most ${percentMax} % may be removed at once: look whether the feed is whole, or say --max-removed ${Math.ceil((100 * kept) / of)}%`;
    return { kept, of, why };
  }
  if (isDry) return { kept, of, why: 'this is a dry run; they would be removed' };
  let removed = 0;
  for (let from = 0; from < kept; from += BITE_IDS) {
    removed += await api.remove(others.slice(from, from + BITE_IDS));
    told(Math.min(kept, from + BITE_IDS), kept);
  }
  return { removed, of };
}
