/** What `/sdk.js` loads once it has been let in: nothing of it is needed for a page's first lists. */
export { Delivery } from '../events/delivery.js';
export { Requests } from '../requests.js';
