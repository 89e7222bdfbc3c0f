import type { Interest, Profile, TuneValue } from '../../client/index.js';
import { button, element } from '../elements/element.js';
import { capitalised } from '../shop/shop-item.js';
import { interestClass } from './map-marks.js';

/** What the shopper says of an interest. */
export type OnTune = (interest: number, value: TuneValue) => void;

const TRENDS: Readonly<Record<Interest['trend'], string>> = {
  new: 'new',
  back: 'back again',
  growing: 'growing',
  fading: 'fading',
  steady: '',
};

const ACTS: readonly { readonly value: TuneValue; readonly label: string }[] = [
  { value: 'more', label: 'More' },
  { value: 'less', label: 'Less' },
  { value: 'never', label: 'Never' },
];

/** Of what most of its items have in common, at most: red, wood. */
const VALUES_MAX = 2;
/** Interests shown, at most. */
const SHOWN_MAX = 6;

/** The shopper's interests in words, each with what they may say of it. What is pressed is taken back by pressing it again. */
export class InterestList {
  readonly #root: HTMLElement;
  readonly #onTune: OnTune;

  constructor(root: HTMLElement, onTune: OnTune) {
    this.#root = root;
    this.#onTune = onTune;
  }

  /** The focus stays on the button that it is on. */
  show({ interests }: Pick<Profile, 'interests'>): void {
    const focused = (document.activeElement as HTMLElement | null)?.dataset['tune'];
    const named = interests.filter(({ name }) => name !== '');
    const rows = named.slice(0, SHOWN_MAX).map((interest) => this.#row(interest));
    this.#root.replaceChildren(...rows);
    if (focused !== undefined) this.#root.querySelector<HTMLElement>(`[data-tune="${focused}"]`)?.focus();
  }

  #row(interest: Interest): HTMLElement {
    const { id, name, attributes, share, trend, tune } = interest;
    const label = capitalised(name);
    const percent = Math.round(100 * share);
    const values = attributes.slice(0, VALUES_MAX).map(({ value }) => value);
    const note = [percent > 0 ? `${percent} %` : '', TRENDS[trend], ...values]
      .filter((text) => text !== '')
      .join(', ');
    return element(
      'li',
      { class: `interest ${interestClass(id)} is-${tune}`, 'data-interest': id },
      element('span', { class: 'interest-name' }, label),
      element('span', { class: 'interest-note' }, note),
      element(
        'span',
        { class: 'interest-acts', role: 'group', 'aria-label': `How much of ${label}` },
        ...ACTS.map(({ value, label: act }) => this.#act(interest, value, act)),
      ),
    );
  }

  #act({ id, tune: now, name }: Interest, value: TuneValue, text: string): HTMLElement {
    const label = `${text} of ${name}`;
    const isPressed = now === value;
    return button(
      label,
      { class: 'interest-act', 'aria-pressed': String(isPressed), 'data-tune': `${id}-${value}` },
      () => this.#onTune(id, isPressed ? 'normal' : value),
      text,
    );
  }
}
