/**
 * Moves elements from where they were to where they are (FLIP: first, last, invert, play; Paul Lewis, "FLIP Your
 * Animations"). A shelf that changes again while it moves goes on from what the eye sees.
 */
const MOVE_MS = 520;
const EASE = 'cubic-bezier(.2, .9, .25, 1.08)';

export function prefersStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Where each element is now, running animations included. */
export function positionsOf(elements: Iterable<Element>): Map<Element, DOMRect> {
  return new Map([...elements].map((element) => [element, element.getBoundingClientRect()]));
}

/** Plays each element from its position in `before`; those without one fade in. */
export function playFrom(before: ReadonlyMap<Element, DOMRect>, elements: readonly Element[]): void {
  for (const element of elements) for (const animation of element.getAnimations()) animation.cancel();
  const after = positionsOf(elements);
  elements.forEach((element, place) => {
    const [from, to] = [before.get(element), after.get(element)!];
    if (from) move(element, from.x - to.x, from.y - to.y);
    else enter(element, place * 12);
  });
}

/** Lets an element that was taken off the shelf fade where it was. */
export function playLeave(element: HTMLElement, at: DOMRect, within: HTMLElement): void {
  const origin = within.getBoundingClientRect();
  const ghost = element.cloneNode(true) as HTMLElement;
  ghost.inert = true;
  ghost.setAttribute('aria-hidden', 'true');
  ghost.removeAttribute('data-item');
  ghost.classList.add('is-leaving');
  ghost.style.left = `${at.x - origin.x}px`;
  ghost.style.top = `${at.y - origin.y}px`;
  ghost.style.width = `${at.width}px`;
  ghost.style.height = `${at.height}px`;
  within.append(ghost);
  const gone = ghost.animate([{ opacity: 1 }, { opacity: 0, transform: 'scale(.7) rotate(-4deg)' }], {
    duration: 260,
    easing: 'ease-in',
  });
  gone.onfinish = gone.oncancel = () => ghost.remove();
}

function move(element: Element, dx: number, dy: number): void {
  if (dx === 0 && dy === 0) return;
  element.animate([{ transform: `translate(${dx}px, ${dy}px)` }, { transform: 'none' }], {
    duration: MOVE_MS,
    easing: EASE,
  });
}

function enter(element: Element, delayMs: number): void {
  element.animate(
    [
      { opacity: 0, transform: 'scale(.8)' },
      { opacity: 1, transform: 'none' },
    ],
    {
      duration: 320,
      delay: delayMs,
      easing: 'ease-out',
      fill: 'backwards',
    },
  );
}
