/** What a run is made wrong by, and the faults that show it, by the beginnings of their names. */
export const MUTANTS = {
  none: [],
  'fencing-off': ['a gateway stands still', 'a machine stands still', 'a machine is cut off'],
  'default-sync': ['the power of all machines'],
  'leader-beside': ['a machine is lost'],
  'skipped-record': ['a gateway is killed'],
  'strangers-count': ['a stranger writes'],
} as const;
export type Mutant = keyof typeof MUTANTS;
