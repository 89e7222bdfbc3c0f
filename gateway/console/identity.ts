import { button, element } from './elements/element.js';

export interface IdentityActions {
  /** The visitor gives a name. */
  identify(user: string): void;
  /** The shopper leaves; the next one starts anew. */
  leave(): void;
}

/** Who shops: a form for a visitor; a name, a second device and the way out for one who is known. */
export class Identity {
  readonly #root: HTMLElement;
  readonly #actions: IdentityActions;

  constructor(root: HTMLElement, actions: IdentityActions) {
    this.#root = root;
    this.#actions = actions;
  }

  /** @param user the name the shopper gave; undefined for a visitor */
  show(user: string | undefined): void {
    this.#root.replaceChildren(...(user === undefined ? [this.#form()] : this.#known(user)));
  }

  #form(): HTMLElement {
    const name = element('input', {
      name: 'user',
      maxlength: 64,
      required: true,
      placeholder: 'Your name',
      'aria-label': 'Your name',
      autocomplete: 'off',
    });
    const form = element(
      'form',
      { class: 'identity-form' },
      name,
      element('button', { type: 'submit' }, 'Sign in'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const user = name.value.trim();
      if (user) this.#actions.identify(user);
    });
    return form;
  }

  #known(user: string): HTMLElement[] {
    const here = `/?user=${encodeURIComponent(user)}`;
    return [
      element('span', { class: 'identity-name' }, user),
      element(
        'a',
        { href: here, target: '_blank', rel: 'noopener', title: `The same shelf in a new tab` },
        'Second device',
      ),
      button('Sign out', { class: 'plain' }, () => this.#actions.leave()),
    ];
  }
}
