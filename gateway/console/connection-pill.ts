import type { ConnectionState } from '../client/index.js';

/** Says in a word or two whether the shelf is live. */
export function showConnection(pill: HTMLElement, state: ConnectionState): void {
  pill.className = `pill is-${state.name}`;
  pill.textContent = words(state);
}

function words(state: ConnectionState): string {
  switch (state.name) {
    case 'open':
      return 'live';
    case 'connecting':
      return 'connecting';
    case 'waiting':
      return 'reconnecting';
    case 'closed':
      return `closed: ${state.reason || state.code}`;
  }
}
