import type { AfterclickClient } from '../afterclick-client.js';
import { AfterclickList } from '../element/afterclick-list.js';

/** `/sdk-list.js`: its elements share the client of the page's `/sdk.js`, whichever of the two comes first. */
interface WithSdk {
  readonly Afterclick?: { readonly sharedClient: (urls: readonly string[]) => AfterclickClient };
}

function define(): void {
  const { Afterclick } = globalThis as WithSdk;
  if (Afterclick === undefined) throw new Error('<afterclick-list> needs the script /sdk.js on its page.');
  AfterclickList.clientOf = (gateway) => Afterclick.sharedClient(gateway.split(/\s+/));
  customElements.define('afterclick-list', AfterclickList);
}

if ('Afterclick' in globalThis) define();
else addEventListener('load', define, { once: true });
