import type { Interest, ReturnRisk, Trend } from '../protocol/messages.js';
import type { ProfileFields } from './wire-profile.js';

/** Interests that are told of, at most: more is no help in a talk. */
const TOLD_MAX = 4;
/** An interest below this share is not worth a word. */
const SHARE_MIN = 0.05;
/** Items that are named of the strongest interest, at most. */
const ITEMS_TOLD = 3;

const CHANGES: Readonly<Record<Trend, string>> = {
  new: 'new in this visit',
  back: 'back after a pause',
  growing: 'growing',
  fading: 'fading',
  steady: '',
};

/**
 * Says in a few plain sentences what a shopper wants now, what changed, and what not to offer, a line each. `titleOf` an item's id;
 * undefined when it is gone.
 */
export function profileText(
  { buys, risk, interests }: ProfileFields,
  titleOf: (id: string) => string | undefined,
): string {
  const told = interests.filter(({ share, name }) => share >= SHARE_MIN && name !== '');
  const wanted = told.filter(({ tune }) => tune !== 'never' && tune !== 'less').slice(0, TOLD_MAX);
  const sentences = [
    wantsNow(wanted),
    likelyToBuy(buys),
    likelyToLeave(risk),
    lookedAt(wanted[0], titleOf),
    ...wanted.map(preferred),
    changed(told),
    saying('They asked for more of', named(interests, 'more'), '.'),
    saying('Do not offer', named(interests, 'never'), ': they never want to see it.'),
    saying('They asked for less of', named(interests, 'less'), '.'),
  ];
  return `${sentences.filter((sentence) => sentence !== '').join('\n')}\n`;
}

function wantsNow(wanted: readonly Interest[]): string {
  if (wanted.length === 0) return 'Nothing is known yet of what this shopper wants.';
  const parts = wanted.map(({ name, share }) => `${name} (${Math.round(100 * share)} %)`);
  return saying('This shopper is interested in', parts, '.');
}

function lookedAt(strongest: Interest | undefined, titleOf: (id: string) => string | undefined): string {
  const titles = (strongest?.items ?? []).slice(0, ITEMS_TOLD).map(titleOf);
  const known = titles.filter((title) => title !== undefined && title !== '');
  const quoted = known.map((title) => `"${title}"`);
  return saying(`Of ${strongest?.name ?? ''} they looked most at`, quoted, '.');
}

function likelyToBuy(buys: number | undefined): string {
  if (buys === undefined) return '';
  if (buys === 1) return 'They have bought in this visit.';
  return `Of visits that go like this one ${Math.round(100 * buys)} % end in a purchase.`;
}

function likelyToLeave(risk: ReturnRisk | undefined): string {
  if (risk === undefined) return '';
  return `Of shoppers like this one ${Math.round(100 * risk.risk)} % do not come back within ${risk.days} days (${risk.why}).`;
}

/** What most of the items of an interest are: its colour, what it is made of. */
function preferred({ name, attributes }: Interest): string {
  return saying(
    `Of ${name} they mostly look at`,
    attributes.map(({ name: kind, value }) => `${kind} ${value}`),
    '.',
  );
}

function changed(told: readonly Interest[]): string {
  const parts = told
    .filter(({ trend, tune }) => trend !== 'steady' && tune !== 'never')
    .slice(0, TOLD_MAX)
    .map(({ name, trend }) => `${name} is ${CHANGES[trend]}`);
  return saying('What changed:', parts, '.');
}

function named(interests: readonly Interest[], value: Interest['tune']): string[] {
  return interests.filter(({ tune, name }) => tune === value && name !== '').map(({ name }) => name);
}

/** A sentence about some things; '' when there are none. */
function saying(begin: string, things: readonly string[], end: string): string {
  if (things.length === 0) return '';
  const last = things.at(-1);
  const list = things.length === 1 ? last : `${things.slice(0, -1).join(', ')} and ${last}`;
  return `${begin} ${list}${end}`;
}
