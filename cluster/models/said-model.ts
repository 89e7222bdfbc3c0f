import { z } from 'zod';

const offer = z.object({
  /** `null`: no bundle, neighbours serve. */
  fingerprint: z.string().nullable(),
  /** As clients see it in `model`. */
  name: z.string(),
  /** See `model/bundle/model-tag.ts`. */
  tag: z.number().int(),
  /** Of its announcement; 0: the cluster was made with it. */
  number: z.number().int().min(0),
});

/** A model that a cluster serves with, or is asked to. */
export type ModelOffer = z.infer<typeof offer>;

const said = z.object({
  version: z.literal(1),
  /** Counts announcements up. */
  number: z.number().int().min(0),
  /** What each node serves with as soon as it can. */
  serving: offer,
  /** What served before; `null`: nothing else did. */
  previous: offer.nullable(),
  /** What all nodes are to make ready, on behalf of the node `by`; `null`: nothing. */
  next: offer.extend({ by: z.string() }).nullable(),
});

/** What is said of the model of a cluster. It changes as a whole, from one to the next. */
export type SaidModel = z.infer<typeof said>;

const report = z.object({
  /** Of the announcement that it is about. */
  number: z.number().int(),
  state: z.enum(['ready', 'serving', 'failed']),
  /** Why it has failed. */
  why: z.string().default(''),
});

/** How far a node has come with an announcement. */
export type ModelReport = z.infer<typeof report>;

/** Of a cluster that nothing was said of yet. */
export function firstSaid(serving: ModelOffer): SaidModel {
  return { version: 1, number: 0, serving, previous: null, next: null };
}

/** Throws for what another version of this program has said. */
export function parseSaid(text: string): SaidModel {
  return said.parse(JSON.parse(text));
}

/** Undefined for what no node of this version has reported. */
export function parseReport(text: string): ModelReport | undefined {
  try {
    return report.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function isSame(a: Pick<ModelOffer, 'number'>, b: Pick<ModelOffer, 'number'>): boolean {
  return a.number === b.number;
}
