// The rows of `npm run bench`: what each measures, what it has to reach, and how.
import { CLUSTERS } from './rows/clusters.mjs';
import { COSTS } from './rows/costs.mjs';
import { DOORS } from './rows/doors.mjs';
import { LATENCIES } from './rows/latencies.mjs';
import { RATES } from './rows/rates.mjs';
import { STARTS } from './rows/starts.mjs';

/**
 * Rows in the order of the table. `better` says which way is good; a row that is `long` is measured only when it is named, `measure`
 * resolves to `{value, more?}`, or to a list of rows of the same, by name.
 */
export const ROWS = { ...RATES, ...LATENCIES, ...COSTS, ...DOORS, ...STARTS, ...CLUSTERS };

/** Rows that are named together. */
export const GROUPS = { cluster: Object.keys(CLUSTERS) };
