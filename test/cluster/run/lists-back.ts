/** How long shoppers were without lists, over all rounds and by fault, ms. */
export class ListsBack {
  readonly #byFault = new Map<string, number[]>();

  note(fault: string, ms: readonly number[]): void {
    this.#byFault.set(fault, [...(this.#byFault.get(fault) ?? []), ...ms]);
  }

  get p99(): number {
    return Math.round(atShare([...this.#byFault.values()].flat(), 0.99));
  }

  /** A line for each fault: the middle shopper, the 99th of a hundred, and the one who waited longest. */
  get words(): readonly string[] {
    return [...this.#byFault].toSorted().map(([fault, ms]) => {
      const [p50, p99, longest] = [0.5, 0.99, 1].map((share) => Math.round(atShare(ms, share)));
      return `${fault}: lists back p50 ${p50}, p99 ${p99}, longest ${longest} ms, ${ms.length} shoppers`;
    });
  }
}

function atShare(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
