/** What may be wrong with a folder after a cut. */
export type FindingKind = 'lost' | 'double' | 'disorder' | 'unexpected' | 'refused' | 'differs' | 'broken';

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

/** Takes findings of one folder. */
export type FindingListener = (kind: FindingKind, text: string) => void;
