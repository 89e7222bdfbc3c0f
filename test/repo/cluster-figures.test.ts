import { expect, test } from 'vitest';
import { DOCUMENTED_CLUSTERS } from '../../cluster/simulation/documented-clusters.js';
import { simulationReport } from '../../cluster/simulation/simulation-report.js';
import { marked, textOf } from '../support/markdown.js';

test('docs/CLUSTER.md has the figures of the simulation; what npm run simulate:cluster prints is below', () => {
  expect(marked(textOf('docs/CLUSTER.md'), 'simulation').trim()).toBe(simulationReport(DOCUMENTED_CLUSTERS));
});
