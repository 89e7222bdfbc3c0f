import type { ConnectionState } from '../../client/index.js';

/** Says in a word or two whether the shelf is live. */
export function showConnection(pill: HTMLElement, state: ConnectionState): void {
  pill.className = `pill is-${state.name}`;
  pill.textContent = words(state);
}

function words(state: ConnectionState): string {
  if (state.name === 'open') return 'live';
  if (state.name === 'waiting') return 'reconnecting';
  return state.name === 'closed' ? `closed: ${state.reason || state.code}` : 'connecting';
}
