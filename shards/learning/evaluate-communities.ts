import { writeFile } from 'node:fs/promises';
import { runCommand } from '../../metrics/process/command-line.js';
import { defineOptions, type OptionValues } from '../../metrics/process/options.js';
import { loadBundle } from '../../model/bundle/bundle.js';
import { NO_BUNDLE } from '../../model/bundle/model-options.js';
import { readInteractions } from '../../model/train/data/readers/interactions.js';
import { figuresOf, tableOf } from './communities/community-figures.js';
import { vectorsFor } from './communities/shop-of-data.js';
import { evaluatedOptions } from './evaluation/evaluated-options.js';

const { bundle, data, json } = evaluatedOptions;
const communityOptions = defineOptions({ bundle, data, json });

const USAGE = `npm run evaluate:communities -- [flags]

Cuts the items of recorded sessions into communities, as a gateway does that has seen them: how many, their modularity, how far they
agree with the categories of the data (normalised mutual information, beside that of the same communities dealt out at random), and how
far those of the first half of the sessions agree with those of the second. --bundle none goes by clicks alone. Exit code 2 for bad
arguments.`;

async function evaluateCommunities(config: OptionValues<typeof communityOptions>): Promise<number> {
  const { dataset } = await readInteractions(config.data, false);
  const served = config.bundle === NO_BUNDLE ? undefined : await loadBundle(config.bundle);
  const figures = figuresOf(dataset, vectorsFor(dataset, served));
  process.stdout.write(tableOf(figures));
  if (config.json !== undefined) await writeFile(config.json, `${JSON.stringify(figures, null, 2)}\n`);
  return 0;
}

process.exitCode = await runCommand(USAGE, communityOptions, process.argv.slice(2), evaluateCommunities);
