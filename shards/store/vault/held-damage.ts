import type { Damage, DamageListener } from '../damage.js';
import type { VaultStore } from './vault-store.js';

/** Damaged rows that an opening remembers. */
const EARLY_MAX = 10_000;

/** Damage that is found while a store is being opened is told when names can be said. */
export class HeldDamage {
  readonly #early: Damage[] = [];
  readonly #listener: DamageListener | undefined;
  #store: VaultStore | undefined;

  constructor(listener: DamageListener | undefined) {
    this.#listener = listener;
  }

  readonly take = (damage: Damage): void => {
    if (this.#store === undefined) this.#hold(damage);
    else this.#listener?.(this.#store.named(damage));
  };

  #hold(damage: Damage): void {
    if (this.#early.length < EARLY_MAX) this.#early.push(damage);
  }

  tell(store: VaultStore): void {
    this.#store = store;
    for (const damage of this.#early.splice(0)) this.take(damage);
  }
}
