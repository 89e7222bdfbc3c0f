import type { ModelSource } from '../../../shards/wire/posted-model.js';

/** Of a model that no other machine has to make again. */
export const NO_SOURCE: ModelSource = { fingerprint: null, folder: null, replaced: null };
