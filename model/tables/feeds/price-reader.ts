import { readNumber } from '../read-number.js';

/** Signs of currencies and their letters; a sign that several have stands for itself. */
const SIGNS: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP', '¥': 'JPY', '₹': 'INR', zł: 'PLN' };
/** An amount with a currency before or behind it, or none. */
const PRICE = /^([A-Za-z]{3}|[€£¥₹$]|zł)?\s*([-+]?\d[\d.,'’\s]*)\s*([A-Za-z]{3}|[€£¥₹$]|zł|kr\.?)?$/u;
/** Between thousands, beside points and commas. */
const SPACES = /(?<=\d)['’\s](?=\d{3}(?!\d))/gu;
const PLAIN = /^\d+(\.\d+)?$/;

export type DecimalMark = 'point' | 'comma';

/**
 * Reads prices as shops write them: `19.99`, `19.99 USD`, `1,299.00 EUR`, `1.299,00 €`, `CHF 1'299.00`. All are in one currency: that
 * which was named, or that of the first. What can be read in two ways (`1,299`) is read only when it was said what stands before the cents.
 */
export class PriceReader {
  readonly #mark: DecimalMark | undefined;
  #currency: string | undefined;

  constructor(mark: DecimalMark | undefined, currency: string | undefined) {
    this.#mark = mark;
    this.#currency = currency?.toUpperCase();
  }

  /** What a price should be, for whoever reads a refusal. */
  get expected(): string {
    const where = this.#currency === undefined ? '' : ` in ${this.#currency}`;
    const hint = this.#mark === undefined ? '; for one such as 1,299 say --decimal-mark' : '';
    return `a price of 0 or more${where}, such as 19.99 or 1,299.00 EUR${hint}`;
  }

  /** The amount; NaN for what is no price, has two meanings, or is in another currency. */
  read(cell: string): number {
    const text = cell.trim();
    const found = PRICE.exec(text);
    if (found === null) return readNumber(text);
    const [, before, amount, behind] = found;
    if (before !== undefined && behind !== undefined) return Number.NaN;
    const sign = before ?? behind;
    const value = this.#amount(amount.trim().replace(SPACES, ''), sign === undefined);
    return Number.isNaN(value) || !this.#isOurs(sign) ? Number.NaN : value;
  }

  #isOurs(sign: string | undefined): boolean {
    if (sign === undefined) return true;
    const currency = SIGNS[sign] ?? sign.toUpperCase();
    this.#currency ??= currency;
    return currency === this.#currency;
  }

  /** @param isBare without a currency a point stands before the cents, as in tables, unless something else was said */
  #amount(text: string, isBare: boolean): number {
    if (this.#mark !== undefined) return amountBy(text, this.#mark === 'comma' ? ',' : '.');
    if (isBare && PLAIN.test(text)) return Number(text);
    const readings = new Set(
      [amountBy(text, '.'), amountBy(text, ',')].filter((value) => !Number.isNaN(value)),
    );
    return readings.size === 1 ? [...readings][0] : Number.NaN;
  }
}

/** The amount, when `mark` stands before the cents and the other mark between thousands; NaN when it cannot be read so. */
function amountBy(text: string, mark: ',' | '.'): number {
  const [whole, cents, ...more] = text.split(mark);
  const groups = whole.split(mark === ',' ? '.' : ',');
  const isGrouped =
    groups.slice(1).every((group) => /^\d{3}$/.test(group)) && /^[-+]?[1-9]\d{0,2}$/.test(groups[0]);
  if (more.length > 0 || (groups.length > 1 && !isGrouped)) return Number.NaN;
  return readNumber(cents === undefined ? groups.join('') : `${groups.join('')}.${cents}`);
}
