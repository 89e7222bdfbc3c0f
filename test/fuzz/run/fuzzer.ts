/** What a fuzzer of one kind has of its run. */
export interface FuzzHost {
  readonly port: number;
  /** Address of this machine to come from. */
  readonly localAddress: string;
  /** Integers in 0 … limit − 1. */
  readonly random: (limit: number) => number;
  /** Something that the gateway may not do, in words. */
  readonly problem: (words: string) => void;
}

/** Sends mutated bytes over connections of its own, one batch after the other. */
export interface Fuzzer {
  /** Sends a batch and waits until the gateway has answered, or ended the connection. Resolves with how many were sent. */
  batch(): Promise<number>;
  /** Connections opened so far. */
  readonly connections: number;
  end(): void;
}
