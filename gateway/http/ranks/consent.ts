/** Where in the core of a consent string version 2 the purposes begin, in bits, and which of them is the use of a profile for ads. */
const PURPOSES_AT = 152;
const PERSONALISED_ADS = 4;
const VERSION_BITS = 6;
const VERSION = 2;

/**
 * True when a consent string of the TCF, version 2, allows ads to be chosen by a profile (purpose 4). A text that is none allows
 * nothing. Source: IAB Tech Lab, Consent string and vendor list formats v2, core string.
 */
export function allowsPersonalisedAds(consent: string | null | undefined): boolean {
  const core = Buffer.from((consent ?? '').split('.')[0], 'base64url');
  if (core.length * 8 < PURPOSES_AT + 24 || core[0] >> (8 - VERSION_BITS) !== VERSION) return false;
  const bit = PURPOSES_AT + PERSONALISED_ADS - 1;
  return ((core[bit >> 3] >> (7 - (bit & 7))) & 1) === 1;
}
