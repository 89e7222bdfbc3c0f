/** Draws anew, and gives the focus back to what has the same `data-key` as what had it. */
export function keepFocus(draw: () => void): void {
  const key = (document.activeElement as HTMLElement | null)?.dataset['key'];
  draw();
  if (key !== undefined) document.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus();
}
