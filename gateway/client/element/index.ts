import { sharedClient } from '../shared-client.js';
import { AfterclickList } from './afterclick-list.js';

AfterclickList.clientOf = (gateway) => sharedClient(gateway.split(/\s+/));
if ('customElements' in globalThis) customElements.define('afterclick-list', AfterclickList);

export { AfterclickList } from './afterclick-list.js';
