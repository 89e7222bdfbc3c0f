/** Pages that tell Google's tags what shoppers do: `trackDataLayer(client)` tracks the same. */
export { type DataLayer, trackDataLayer } from './data-layer.js';
