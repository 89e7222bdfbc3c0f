/**
 * What careless producers send, as the contract has it: ids that are numbers, values that are texts of digits, and `items` as GA4
 * has them (`[{item_id, price, quantity}]`, `item_id` or `id`). Runs only for an event that does not fit as it is.
 *
 * A purchase without a `value` of its own gets the sum of its items, and with one item its quantity. The `value` of a review is no price.
 */
export function mendedEvent(raw: RawEvent): RawEvent {
  const items = Array.isArray(raw.items) ? (raw.items as unknown[]) : [];
  const bought = raw.e === 'review' ? [] : [raw.item, ...items].filter(isMap);
  const sums = bought.length > 0 ? sumsOf(bought) : {};
  return {
    ...sums,
    ...raw,
    ...(raw.item !== undefined && { item: idOf(raw.item) }),
    ...(Array.isArray(raw.items) && { items: items.map(idOf) }),
    ...numbersOf(raw),
  };
}

/** A decoded event that was not checked. */
export type RawEvent = Readonly<Record<string, unknown>>;

const NUMBERS = ['ts', 'value', 'quantity', 'list'] as const;
/** A whole text that is a number as people write it in data; no blanks, no units. */
const DIGITS = /^-?\d{1,15}(?:\.\d{1,15})?$/;

function isMap(value: unknown): value is RawEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id that is a number as its text; of an item of GA4 its id. Anything else as it is. */
function idOf(value: unknown): unknown {
  if (isMap(value)) return idOf(value.item_id ?? value.id);
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
}

function numbersOf(raw: RawEvent): RawEvent {
  const mended: Record<string, number> = {};
  for (const name of NUMBERS) {
    const number = numberOf(raw[name]);
    if (number !== undefined && typeof raw[name] === 'string') mended[name] = number;
  }
  return mended;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && DIGITS.test(value) ? Number(value) : undefined;
}

function sumsOf(bought: readonly RawEvent[]): RawEvent {
  let value = 0;
  for (const { price, quantity } of bought) value += (numberOf(price) ?? 0) * (numberOf(quantity) ?? 1);
  const quantity = bought.length === 1 ? numberOf(bought[0].quantity) : undefined;
  return { ...(value > 0 && { value }), ...(quantity !== undefined && { quantity }) };
}
