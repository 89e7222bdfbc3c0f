import { isVisitor, nameOf, type UserKey } from '../../shards/api.js';
import type { Needed } from './scope-table.js';
import { ANYONE } from './scope-table.js';
import { ALL_SCOPES, SCOPE, type Scopes } from './scope.js';

/** What a grant says of its owner. */
export interface GrantFields {
  readonly scopes: Scopes;
  /** The only named user that it speaks for; undefined: none by name. */
  readonly user?: string | undefined;
  /** Epoch ms; Infinity: it does not end. */
  readonly endsMs?: number;
  /** A token was shown. */
  readonly hasToken?: boolean;
  /** `kid` of the key that signed it. */
  readonly keyId?: string | undefined;
}

/** What a caller may do, and for whom. Does not change. */
export class Grant {
  readonly scopes: Scopes;
  readonly user: string | undefined;
  readonly endsMs: number;
  readonly hasToken: boolean;
  readonly keyId: string | undefined;

  constructor({ scopes, user, endsMs = Infinity, hasToken = false, keyId }: GrantFields) {
    this.keyId = keyId;
    this.scopes = scopes;
    this.user = user;
    this.endsMs = endsMs;
    this.hasToken = hasToken;
  }

  /** True when it has one of the scopes that are needed. */
  allows(needed: Needed): boolean {
    return needed === ANYONE || (this.scopes & needed) !== 0;
  }

  /** True for a token of one user who shops. */
  get isShopper(): boolean {
    return this.hasToken && this.user !== undefined && this.scopes === SCOPE.shop;
  }

  /**
   * True when it may act for somebody: a shop's server with `anybody` (`events`, `rank`) for everyone, a shopper for themselves alone. A
   * visitor is whoever knows their session.
   */
  speaksFor(user: UserKey, anybody: Scopes, isSecret: (session: string) => boolean): boolean {
    if ((this.scopes & anybody) === anybody) return true;
    if ((this.scopes & SCOPE.shop) === 0) return false;
    return isVisitor(user) ? isSecret(nameOf(user)) : nameOf(user) === this.user;
  }
}

/** Of everybody, where no keys are set. */
export const OPEN_GRANT = new Grant({ scopes: ALL_SCOPES });
/** Of somebody without a token, where keys are set and visitors may shop. */
export const VISITOR_GRANT = new Grant({ scopes: SCOPE.shop });
