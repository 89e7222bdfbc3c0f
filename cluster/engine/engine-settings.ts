/** How to reach the NATS servers of a cluster, and what is known of how they write. */
export interface EngineSettings {
  /** Addresses such as `nats://10.0.0.1:4222`; one that answers is enough, the others become known through it. */
  readonly servers: readonly string[];
  /** Name of this node, which the servers show beside its connections. */
  readonly name: string;
  /** Files of TLS; without, what the servers demand is done with the system's authorities. Certificates are checked by host name: a server that is named by its number does not pass. */
  readonly tls?: TlsFiles;
  readonly credentials?: Credentials;
  readonly sync: SyncProof;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly caFile?: string;
  /** This node's certificate and key, where the servers ask for one. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/** Path of a credentials file (a JWT and its seed), or of a file with the seed of an nkey. */
export type Credentials = { readonly credsFile: string } | { readonly nkeyFile: string };

/**
 * Who says that the servers write with `sync_interval: always`. A client's own connection cannot see it: account and stream
 * info leave it out. Their monitoring addresses tell it (`/varz`); where these are closed, whoever runs the servers has to state it.
 */
export type SyncProof =
  | { readonly kind: 'monitors'; readonly addresses: readonly string[] }
  | { readonly kind: 'stated' };
