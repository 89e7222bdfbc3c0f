import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';

/** A certificate and its key, by the names of their files; '' twice is none. */
export interface TlsConfig {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** How often it is looked whether the files have changed. */
const LOOK_EVERY_MS = 1_000;

/** The certificate that the gateway shows and its key: PEM files that may be renewed while it serves. */
export class TlsFiles {
  /** Absolute. */
  readonly cert: string;
  readonly key: string;
  #changed: (() => void) | undefined;

  private constructor(cert: string, key: string) {
    this.cert = resolve(cert);
    this.key = resolve(key);
  }

  /** Undefined without TLS. Throws `StartupError` `tls_unusable` that says what is wrong with the files. */
  static of({ tlsCert, tlsKey }: TlsConfig): TlsFiles | undefined {
    if (tlsCert === '' && tlsKey === '') return undefined;
    if (tlsCert === '' || tlsKey === '')
      throw new StartupError(
        'tls_unusable',
        'set both AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY, or neither',
      );
    const files = new TlsFiles(tlsCert, tlsKey);
    const problem = files.problem();
    if (problem !== undefined)
      throw new StartupError(
        'tls_unusable',
        `AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY: ${problem}; give PEM files that belong together`,
      );
    return files;
  }

  /** Why the two cannot be used now; undefined when they can. */
  problem(): string | undefined {
    try {
      createSecureContext({ cert: readFileSync(this.cert), key: readFileSync(this.key) });
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Tells `renewed` when other files stand there that belong together. Until they do, the ones from before serve on. */
  watch(renewed: () => void, log: Log): void {
    this.#changed = () => {
      const problem = this.problem();
      if (problem === undefined) renewed();
      else log.warn({ problem }, 'the certificate from before serves on, for the new files do not fit yet');
    };
    for (const path of [this.cert, this.key])
      watchFile(path, { persistent: false, interval: LOOK_EVERY_MS }, this.#changed);
  }

  stop(): void {
    if (this.#changed === undefined) return;
    for (const path of [this.cert, this.key]) unwatchFile(path, this.#changed);
  }
}
