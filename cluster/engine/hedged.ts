/** Asks one after the other where the one before says nothing. */
export interface Hedge {
  /** How long one is waited for before the next is asked as well, ms. */
  readonly afterMs: number;
  readonly pause: (ms: number) => Promise<void>;
}

/**
 * What the first of `asks` resolves to. The next one is asked when those before have said nothing for `afterMs`, or when the one
 * before has failed; what comes later is dropped. Rejects when all have failed, with what the last one failed with.
 */
export async function hedged<T>(asks: readonly (() => Promise<T>)[], hedge: Hedge): Promise<T> {
  const asked: Promise<T>[] = [];
  for (const ask of asks) {
    const answer = ask();
    asked.push(answer);
    const first = await Promise.race([
      Promise.any(asked).then((value) => ({ value })),
      failureOf(answer),
      hedge.pause(hedge.afterMs),
    ]).catch(() => undefined);
    if (first !== undefined) return first.value;
  }
  return Promise.any(asked).catch((error: AggregateError) => {
    throw error.errors.at(-1);
  });
}

/** Resolves when `answer` rejects, and only then. */
function failureOf(answer: Promise<unknown>): Promise<undefined> {
  return new Promise((resolve) => {
    answer.catch(() => resolve(undefined));
  });
}
