/** FNV-1a over UTF-16 units: the same text gives the same number, 0 .. 2³² − 1. Source: draft-eastlake-fnv. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The member of `list` that `text` picks; `salt` makes picks of one text independent. */
export function pick<T>(list: readonly T[], text: string, salt: string): T {
  return list[hashText(salt + text) % list.length];
}
