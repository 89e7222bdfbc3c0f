/** What a user allows. */
export interface Consent {
  /** Their lists come from what is kept of them; without it, from the page and from what is trending alone. */
  readonly personalise: boolean;
  /** What they do is kept and learned from; without it, nothing of an event is, but that its number was taken. */
  readonly learn: boolean;
}

/** What of it a user, or a page, has said; the rest stays as it was. */
export type SaidConsent = { readonly [Part in keyof Consent]?: boolean | undefined };

/** What is withheld, in bits; 0 for who never said anything. */
export const WITHHELD = { personalise: 1, learn: 2 } as const;

/** All bits of `WITHHELD`. */
export const WITHHELD_MAX = 3;

export function consentOf(withheld: number): Consent {
  return {
    personalise: (withheld & WITHHELD.personalise) === 0,
    learn: (withheld & WITHHELD.learn) === 0,
  };
}

/** What is withheld after that was said. */
export function withheldAfter(withheld: number, said: SaidConsent): number {
  return part(part(withheld, WITHHELD.personalise, said.personalise), WITHHELD.learn, said.learn);
}

/** What of it takes something back; undefined when nothing does. */
export function withdrawnIn({ personalise, learn }: SaidConsent): SaidConsent | undefined {
  if (personalise !== false && learn !== false) return undefined;
  return { ...(personalise === false && { personalise }), ...(learn === false && { learn }) };
}

function part(withheld: number, bit: number, isAllowed: boolean | undefined): number {
  if (isAllowed === undefined) return withheld;
  return isAllowed ? withheld & ~bit : withheld | bit;
}
