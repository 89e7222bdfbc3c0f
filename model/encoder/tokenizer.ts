import { createRequire } from 'node:module';

/** From a text to the numbers of its pieces, with those that begin and end it. */
export interface Tokenizer {
  encode(text: string): { readonly ids: readonly number[] };
}

interface TokenizerModule {
  readonly Tokenizer: new (tokenizer: object, config: object) => Tokenizer;
}

const load = createRequire(import.meta.url);

/** The one file that loads the library of tokenizers, by the types above: its own lose theirs on the way. `tokenizer` and `config` are those of an encoder's files; throws what the library does not know of them. */
export function createTokenizer(tokenizer: object, config: object): Tokenizer {
  const library = load('@huggingface/tokenizers') as TokenizerModule;
  return new library.Tokenizer(tokenizer, config);
}
