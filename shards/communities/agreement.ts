/**
 * Normalised mutual information of two cuts of the same things, 0 (nothing in common) to 1 (the same), by the mean of their entropies
 * (Strehl and Ghosh 2002 have the idea, Fred and Jain 2003 this mean). What one of them does not place, below 0, is left out.
 * @param a Int32 [things] @param b Int32 [things]
 */
export function mutualInformation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const counts = {
    a: new Map<number, number>(),
    b: new Map<number, number>(),
    both: new Map<string, number>(),
  };
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] < 0 || b[i] < 0) continue;
    total++;
    add(counts.a, a[i]);
    add(counts.b, b[i]);
    add(counts.both, `${a[i]} ${b[i]}`);
  }
  const entropies = entropyOf(counts.a, total) + entropyOf(counts.b, total);
  if (entropies === 0) return total === 0 ? 0 : 1;
  return (2 * (entropies - entropyOf(counts.both, total))) / entropies;
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function entropyOf(counts: ReadonlyMap<unknown, number>, total: number): number {
  let entropy = 0;
  for (const count of counts.values()) entropy -= (count / total) * Math.log(count / total);
  return entropy;
}
