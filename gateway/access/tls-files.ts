import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { resolve } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { Log } from '../../metrics/process/log.js';
import { StartupError } from '../../metrics/process/startup-error.js';

/** A certificate and its key, by the names of their files; '' twice is none. */
export interface TlsConfig {
  readonly tlsCert: string;
  readonly tlsKey: string;
}

/** Where operators come in who have a certificate of their own; port 0 and '' are none. */
export interface OperatorDoorConfig extends TlsConfig {
  readonly operatorPort: number;
  /** PEM file of the authorities whose certificates are taken. */
  readonly operatorCa: string;
}

/** How often it is looked whether the files have changed. */
const LOOK_EVERY_MS = 1_000;

/** The certificate that the gateway shows and its key, and whose certificates it asks for: PEM files that may be renewed while it serves. */
export class TlsFiles {
  /** Absolute. */
  readonly cert: string;
  readonly key: string;
  /** Authorities, one of which has signed the certificate of whoever is let in; undefined: nobody is asked for one. */
  readonly clientCa: string | undefined;
  #changed: (() => void) | undefined;

  private constructor({ tlsCert, tlsKey }: TlsConfig, clientCa?: string) {
    this.cert = resolve(tlsCert);
    this.key = resolve(tlsKey);
    this.clientCa = clientCa === undefined ? undefined : resolve(clientCa);
  }

  /** Undefined without TLS. Throws `StartupError` `tls_unusable` that says what is wrong with the files. */
  static of({ tlsCert, tlsKey }: TlsConfig): TlsFiles | undefined {
    if (tlsCert === '' && tlsKey === '') return undefined;
    if (tlsCert === '' || tlsKey === '')
      throw unusable('set both AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY, or neither');
    const files = new TlsFiles({ tlsCert, tlsKey });
    const problem = files.problem();
    if (problem !== undefined)
      throw unusable(
        `AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY: ${problem}; give PEM files that belong together`,
      );
    return files;
  }

  /** Of the operators' port; undefined without one. Throws as `of`, which looks at certificate and key before. */
  static ofOperators({
    operatorPort,
    operatorCa,
    tlsCert,
    tlsKey,
  }: OperatorDoorConfig): TlsFiles | undefined {
    if (operatorPort === 0 && operatorCa === '') return undefined;
    if (operatorPort === 0 || operatorCa === '')
      throw unusable('set both AFTERCLICK_OPERATOR_PORT and AFTERCLICK_OPERATOR_CA, or neither');
    if (tlsCert === '' || tlsKey === '')
      throw unusable(
        'AFTERCLICK_OPERATOR_PORT is served over TLS: set AFTERCLICK_TLS_CERT and AFTERCLICK_TLS_KEY too',
      );
    const files = new TlsFiles({ tlsCert, tlsKey }, operatorCa);
    const problem = files.problem();
    if (problem !== undefined)
      throw unusable(
        `AFTERCLICK_OPERATOR_CA: ${problem}; give a PEM file with the certificates of who signs for operators`,
      );
    return files;
  }

  /** Why they cannot be used now; undefined when they can. */
  problem(): string | undefined {
    try {
      createSecureContext({ cert: readFileSync(this.cert), key: readFileSync(this.key) });
      if (this.clientCa !== undefined) checkAuthorities(readFileSync(this.clientCa, 'latin1'));
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
    for (const path of this.#paths)
      watchFile(path, { persistent: false, interval: LOOK_EVERY_MS }, this.#changed);
  }

  stop(): void {
    if (this.#changed === undefined) return;
    for (const path of this.#paths) unwatchFile(path, this.#changed);
  }

  get #paths(): string[] {
    return [this.cert, this.key, ...(this.clientCa === undefined ? [] : [this.clientCa])];
  }
}

const PEM = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;

/** Throws when it holds no certificate, or one that cannot be read: a context of TLS takes a file that is no PEM without a word. */
function checkAuthorities(text: string): void {
  const certificates = text.match(PEM) ?? [];
  if (certificates.length === 0) throw new Error('there is no certificate in it');
  for (const certificate of certificates) void new X509Certificate(certificate);
}

function unusable(message: string): StartupError {
  return new StartupError('tls_unusable', message);
}
