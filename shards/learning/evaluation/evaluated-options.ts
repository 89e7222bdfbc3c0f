import { join } from 'node:path';
import { z } from 'zod';
import { defineOptions } from '../../../metrics/process/options.js';
import { modelOptions } from '../../../model/bundle/model-options.js';
import { readingOptions } from '../../../model/tables/reading-options.js';

/** What every evaluation is told: which bundle, on which data, and where the figures go. */
export const evaluatedOptions = defineOptions({
  bundle: {
    schema: z.string().min(1),
    fallback: modelOptions.bundle.fallback,
    help: 'Bundle to evaluate; that of the demo shop when absent.',
  },
  data: {
    schema: z.string().min(1),
    fallback: join(modelOptions.bundle.fallback, 'source'),
    help: 'Folder of the data that the bundle was trained on the earlier part of, in any form that `npm run train` reads.',
  },
  ...readingOptions,
  encoder: {
    ...modelOptions.encoder,
    help: 'Folder of the language model that reads items which the bundle has not seen, or none to go by their words alone.',
  },
  json: {
    schema: z.string().min(1).optional(),
    fallback: undefined,
    isOutputFile: true,
    help: 'File for the figures.',
  },
});
