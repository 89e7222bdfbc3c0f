/** How a place is made of what is learned of words and of the items that say the like. */
export interface ContentBlend {
  /** How much of a place is that of the nearest items; the rest is the learned map of words. 0 to 1. */
  readonly neighbours: number;
  /** What likeness by the encoder counts beside likeness by words. */
  readonly meaning: number;
}

/** A blend that was chosen with one encoder's vectors: it says nothing of another's. */
export interface LearnedBlend extends ContentBlend {
  /** Id of the encoder (`TextEncoderModel.id`). */
  readonly encoder: string;
}

/** For bundles that were trained without an encoder, or with another. Chosen on items held out: docs/decisions/0049-encoder.md. */
const USUAL_BLEND: ContentBlend = { neighbours: 0.8, meaning: 0.5 };

/** What holds where `encoder` reads and the bundle learned `learned`. */
export function blendFor(learned: LearnedBlend | undefined, encoder: string): ContentBlend {
  return learned?.encoder === encoder ? learned : USUAL_BLEND;
}
