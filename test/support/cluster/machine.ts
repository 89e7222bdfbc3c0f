/** Where processes run that are lost together. */
export interface Machine {
  /** An address that is its own, or loopback for all. */
  readonly host: string;
  /** What stands before a command that is to run there. */
  readonly prefix: readonly string[];
}

export const LOOPBACK: Machine = { host: '127.0.0.1', prefix: [] };
