import { AfterclickClient } from '../afterclick-client.js';
import { sharedClient } from '../shared-client.js';

/** What `/sdk.js` gives a page: `Afterclick.AfterclickClient`, and `Afterclick.sharedClient(url)`, which the other scripts use. */
Object.assign(globalThis, { Afterclick: { AfterclickClient, sharedClient } });
