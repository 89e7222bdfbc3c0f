import { NO_BUNDLE } from '../../../model/bundle/model-options.js';
import { ItemReader } from '../../../model/encoder/item-reader.js';

/** What the option `encoder` of a command stands for; undefined: items go by their words alone. As `ItemReader`. */
export function itemReader(folder: string, cachePath?: string): ItemReader | undefined {
  return folder === NO_BUNDLE ? undefined : new ItemReader(folder, cachePath);
}
