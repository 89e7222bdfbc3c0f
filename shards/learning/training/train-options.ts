import { join } from 'node:path';
import { z } from 'zod';
import { defineOptions } from '../../../metrics/process/options.js';
import { modelOptions } from '../../../model/bundle/model-options.js';
import { readingOptions } from '../../../model/tables/reading-options.js';
import { TRAINING_DEFAULTS } from '../../../model/train/training-options.js';

const DEMO_BUNDLE = modelOptions.bundle.fallback;
export const DEMO_DATA = join(DEMO_BUNDLE, 'source');
/** The demo shop's last month is held out. */
export const DEMO_UNTIL = '2011-07-31T23:59:59Z';

/** Data with fewer clicks takes more epochs. */
export const SMALL_CLICKS = 400_000;

/** Flags of `npm run train`. */
export const trainOptions = defineOptions({
  data: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'Folder with the tables events and, if there is one, items (docs/TRAINING.md); that of the demo shop when neither this nor --journal is given.',
  },
  ...readingOptions,
  journal: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: "Data folder of a gateway, which may be running: trains on what it has recorded, with its catalogue's items.",
  },
  out: {
    schema: z.string().min(1),
    fallback: DEMO_BUNDLE,
    help: 'Bundle folder to write; files of the same names are replaced. An unfinished training is kept beside it, in OUT.training.',
  },
  name: {
    schema: z.string().min(1).max(64).optional(),
    fallback: undefined,
    help: "Name of the bundle, which clients see in `model`; demo for the demo shop's data, else that of the data.",
  },
  version: {
    schema: z.string().min(1).max(64),
    fallback: '1',
    help: 'Version of the bundle; clients see it behind the name.',
  },
  until: {
    schema: z.iso.datetime().optional(),
    fallback: undefined,
    help: `Last moment that may be trained on; what comes later is left for \`npm run evaluate\`. All when absent, for the demo shop's data until ${DEMO_UNTIL}.`,
  },
  seed: {
    schema: z.coerce.number().int().nonnegative(),
    fallback: TRAINING_DEFAULTS.seed,
    help: 'Seed of everything random.',
  },
  epochs: {
    schema: z.coerce.number().int().min(1).max(100).optional(),
    fallback: undefined,
    help: `Times every session is learned from; ${TRAINING_DEFAULTS.epochs} when absent, twice that for data under ${SMALL_CLICKS} clicks.`,
  },
  encoder: {
    ...modelOptions.encoder,
    help: 'Folder of the language model that reads the items, or none to go by their words alone.',
  },
  fresh: {
    schema: z.stringbool(),
    fallback: false,
    help: 'Start anew where an interrupted training of the same data and options could go on.',
  },
  html: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'File for the page with the curves; training.html in the bundle folder when absent.',
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    help: 'File for the manifest of the new bundle.',
  },
});
