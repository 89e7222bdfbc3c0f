import { DICTIONARY_MAX, DICTIONARY_TEXT_MAX } from './dictionary.js';
import { ITEM_LIMITS } from './item.js';

export type ItemRefusalCode =
  | 'catalogue_full'
  | 'too_many_attributes'
  | 'conflicting_type'
  | 'dictionary_full'
  | 'too_many_vectors'
  | 'wrong_vector_length'
  | 'item_too_large'
  | 'unknown_item';

/** Why an item was not taken: what is wrong and what to do. */
export interface ItemRefusal {
  readonly code: ItemRefusalCode;
  readonly message: string;
}

export function catalogueFull(itemMax: number): ItemRefusal {
  return {
    code: 'catalogue_full',
    message: `all ${itemMax} indices are given out, removed items included; raise AFTERCLICK_ITEMS_MAX and restart`,
  };
}

export function tooManyColumns(columnMax: number): ItemRefusal {
  return {
    code: 'too_many_attributes',
    message: `the catalogue has room for ${columnMax} different attributes; raise AFTERCLICK_ATTRIBUTE_COLUMNS_MAX and restart`,
  };
}

export function tooManyAttributes(): ItemRefusal {
  return {
    code: 'too_many_attributes',
    message: `an item has at most ${ITEM_LIMITS.attributes} attributes; leave some out`,
  };
}

/** `held` is what the attribute is in other items. */
export function conflictingType(attribute: string, held: 'number' | 'dictionary'): ItemRefusal {
  const isNumber = 'a number';
  const isOther = 'a text, a boolean or a list';
  const [there, here] = held === 'number' ? [isNumber, isOther] : [isOther, isNumber];
  return {
    code: 'conflicting_type',
    message: `attribute "${attribute}" is ${there} in other items and ${here} in this one; use one type or another name`,
  };
}

/** `what` names the values: `categories`, or `values of attribute "colour"`. */
export function dictionaryFull(what: string): ItemRefusal {
  return {
    code: 'dictionary_full',
    message:
      `there are already ${DICTIONARY_MAX} different ${what}, or the texts of all attributes, categories and brands take ` +
      `${DICTIONARY_TEXT_MAX} characters; leave this one out, or restart: what no item has any more is let go then`,
  };
}

export function unknownItem(id: string): ItemRefusal {
  return { code: 'unknown_item', message: `item "${id}" is not in the catalogue; put it first` };
}

/** `problem` says how they are too many, or too long together. */
export function tooManyVectors(problem: string): ItemRefusal {
  return { code: 'too_many_vectors', message: `vectors: ${problem}; leave some out` };
}

/** `problem` names the vector: `VectorLengths.problem`. */
export function wrongVectorLength(problem: string): ItemRefusal {
  return { code: 'wrong_vector_length', message: problem };
}

/** `bytesMax` is what a change of one item may take as JSON in a cluster. */
export function itemTooLarge(bytesMax: number): ItemRefusal {
  return {
    code: 'item_too_large',
    message: `an item, or a change of one, has at most ${bytesMax} bytes as JSON in a cluster; leave attributes or vectors out`,
  };
}
