/** Why a token is not taken. `expired`: it was good once; a new one helps. */
export interface TokenRefusal {
  readonly why: 'missing' | 'invalid' | 'expired';
  /** What is wrong and what to do; nothing of the token stands in it. */
  readonly message: string;
}
