import { createRequire } from 'node:module';

interface SentimentModule {
  readonly SentimentIntensityAnalyzer: {
    readonly polarity_scores: (text: string) => { readonly compound: number };
  };
}

/** Words that turn others round, and all whose first letter alone is large: the library knows the former in small letters alone. */
const SMALL_LETTERS =
  /\b(?:\p{Lu}(?=[\p{Ll}'])|(?:NOT|NO|NEVER|NONE|NOR|NOTHING|NOWHERE|NEITHER|CANNOT|WITHOUT|RARELY|SELDOM|\p{Lu}+N'?T)\b)/gu;

const load = createRequire(import.meta.url);
let library: SentimentModule | undefined;

/**
 * The one file that loads the library of sentiment, by the types above, with the first text: VADER's lexicon and rules (Hutto and Gilbert
 * 2014). −1 for a text that is all bad, 1 for one that is all good, 0 where nothing is said in English.
 */
export function sentimentOf(text: string): number {
  const plain = text.replaceAll('’', "'").replace(SMALL_LETTERS, (letters) => letters.toLowerCase());
  library ??= load('vader-sentiment') as SentimentModule;
  return library.SentimentIntensityAnalyzer.polarity_scores(plain).compound;
}
