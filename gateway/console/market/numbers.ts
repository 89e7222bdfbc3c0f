const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function whole(number: number): string {
  return WHOLE.format(number);
}

/** A ratio as people say it: 3.1×. */
export function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : whole(ratio)}×`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** How little it looks like chance. */
export function significance(p: number): string {
  if (p < 1e-6) return 'chance: below 1 in a million';
  return p < 0.001 ? `chance: 1 in ${whole(1 / p)}` : `p ${p.toFixed(3)}`;
}

/** When a period began, as exactly as its length asks for. */
export function periodName(fromMs: number, periodMs: number): string {
  const at = new Date(fromMs);
  return periodMs >= 86_400_000
    ? at.toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
    : at.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false });
}
