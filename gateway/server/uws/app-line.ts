import type { TlsFiles } from '../../access/tls-files.js';
import type { Uws, UwsApp } from './uws.js';

/** Apps that stand at a time: one for each certificate that connections were made under. */
export const APPS_MAX = 8;

/**
 * The addon's apps. One listens. A new certificate needs another app, which takes the port over; connections of those before go on
 * until they end, and those of the oldest are cut when there are more than `APPS_MAX`.
 */
export class AppLine {
  readonly #uws: Uws;
  readonly #tls: TlsFiles | undefined;
  readonly #serve: (app: UwsApp) => void;
  readonly #apps: UwsApp[] = [];

  /** @param serve adds the routes to an app. */
  constructor(uws: Uws, tls: TlsFiles | undefined, serve: (app: UwsApp) => void) {
    this.#uws = uws;
    this.#tls = tls;
    this.#serve = serve;
  }

  /** Another app, with the certificate that stands in the files now. */
  next(): UwsApp {
    const app =
      this.#tls === undefined
        ? this.#uws.App()
        : this.#uws.SSLApp({ cert_file_name: this.#tls.cert, key_file_name: this.#tls.key });
    this.#serve(app);
    this.#apps.push(app);
    if (this.#apps.length > APPS_MAX) this.#apps.shift()?.close();
    return app;
  }

  close(): void {
    for (const app of this.#apps.splice(0)) app.close();
  }
}
