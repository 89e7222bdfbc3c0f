import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { defineOptions } from '../../metrics/process/options.js';
import { ENGINE_NAMES } from '../onnx/onnx-engine.js';

export const modelOptions = defineOptions({
  bundle: {
    schema: z.string().min(1),
    fallback: join(packageFolder(), 'model', 'bundles', 'demo'),
    help: 'Folder of the model bundle to serve, or none to serve by neighbour sessions alone.',
  },
  bundlesDir: {
    schema: z.string().min(1),
    fallback: join(packageFolder(), 'model', 'bundles'),
    help: 'Folder of the bundles that POST /v1/model may name; the folder of the bundle option is always allowed.',
  },
  onnx: {
    schema: z.enum(['auto', ...ENGINE_NAMES]),
    fallback: 'auto',
    help: 'What runs the model: native is ONNX Runtime as a library of the system, wasm the same in WebAssembly, which runs wherever Node does and costs more. auto takes native where it loads.',
  },
  watchBundle: {
    schema: z.enum(['on', 'off']),
    fallback: 'on',
    help: 'Whether a bundle that is written to the folder of the bundle option is taken into use by itself, if it is not worse.',
  },
  swapMarginPercent: {
    schema: z.coerce.number().min(0).max(100),
    fallback: 5,
    unit: '%',
    help: 'How much lower than the current one, of its own figure, a new bundle may score on recent sessions; one that is worse than that, and not by chance, is refused unless forced.',
  },
  encoder: {
    schema: z.string().min(1),
    fallback: join(packageFolder(), 'model', 'encoders', 'minilm'),
    help: 'Folder of the language model that says which items and search texts mean the like, or none to go by their words alone.',
  },
  encodedMax: {
    schema: z.coerce.number().int().min(1_024).max(4_194_304),
    fallback: 262_144,
    unit: 'texts',
    help: 'Texts of items whose vectors are kept in the data folder, so that a restart does not encode them again; 408 bytes each.',
  },
  itemsMax: {
    schema: z.coerce.number().int().min(1).max(4_194_304),
    fallback: 262_144,
    unit: 'items',
    help: 'Items the catalogue may ever hold, removed ones included; raise it when an upsert is refused as catalogue_full.',
  },
  attributeColumnsMax: {
    schema: z.coerce.number().int().min(1).max(256),
    fallback: 32,
    unit: 'attributes',
    help: 'Different attribute names the catalogue may ever hold; raise it when an upsert is refused as too_many_attributes.',
  },
});

/** Value of the `bundle` and the `encoder` option that stands for none. */
export const NO_BUNDLE = 'none';

/** The folder of package.json: one above this file in the source, two above it in `dist`. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
