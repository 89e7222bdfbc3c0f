import { expect, test } from 'vitest';
import { CLUSTER_CHANGES } from '../cluster/mutants/mutant-changes.mjs';
import { MUTANT_CHANGES } from '../nemesis/armed/mutants.mjs';
import { textOf } from '../support/markdown.js';

test.each([
  ['the faults', MUTANT_CHANGES],
  ['the cluster', CLUSTER_CHANGES],
])('what mutants of the suite of %s change stands in the sources, once', (_suite, changes) => {
  expect(changes.filter(({ file, from }) => textOf(file).split(from).length !== 2)).toEqual([]);
});
