import type { AfterclickClient } from '../afterclick-client.js';
import { trackDataLayer } from '../tags/data-layer.js';

/**
 * `/sdk-tags.js`, behind `/sdk.js` on the page: tracks what the page tells Google's tags, at the gateway that the script came from.
 */
const { Afterclick } = globalThis as unknown as {
  readonly Afterclick: { readonly sharedClient: (url: string) => AfterclickClient };
};
const script = document.currentScript as HTMLScriptElement | null;
trackDataLayer(Afterclick.sharedClient(new URL(script?.src || location.href).origin));
