import type { ClickLedger } from './click-ledger.js';
import type { Findings } from './findings.js';
import type { Shop } from './shop.js';

/** What a shopper needs of the world. */
export interface ShopperHost {
  readonly url: string;
  readonly shop: Shop;
  readonly findings: Findings;
  /** Integers in 0 … limit − 1, seeded, of this shopper alone. */
  readonly random: (limit: number) => number;
  readonly nowUs: () => number;
}

/** Who shops by the contract and looks at all they get. */
export interface HonestShopper {
  /** Undefined for a visitor. */
  readonly user: string | undefined;
  readonly ledger: ClickLedger;
  /** Undefined before the first welcome. */
  readonly session: string | undefined;
  /** Does the next thing, mostly a click. */
  act(): void;
  /** The gateway will be killed: a broken connection is no news from now on. */
  expectEnd(): void;
  /** Connects to the gateway's next life and sends what that does not have. */
  comeBack(): void;
  /** Leaves for good. */
  leave(): void;
}
