/** Catalogue coverage: share of the items that were listed at all; `listed` holds how often each was. 0 for no items. */
export function coverage(listed: Int32Array): number {
  let any = 0;
  for (const times of listed) if (times > 0) any++;
  return listed.length === 0 ? 0 : any / listed.length;
}
