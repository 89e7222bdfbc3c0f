/**
 * Builds elements without any HTML text: strings from outside (titles, names) only ever become text nodes or attribute
 * values, so nothing in them is taken for markup.
 */
export type Child = Node | string;

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An HTML element. A `true` attribute stands alone; `false` and `undefined` leave it out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return complete(document.createElement(tag), attributes, children);
}

export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return complete(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** A push button with an accessible name. */
export function button(
  label: string,
  attributes: Attributes,
  onClick: () => void,
  ...children: Child[]
): HTMLButtonElement {
  const built = element('button', {
    type: 'button',
    'aria-label': children.length ? label : undefined,
    ...attributes,
  });
  built.append(...(children.length ? children : [label]));
  built.addEventListener('click', onClick);
  return built;
}

/** The element of the page with this id; the page and the script come together, so a missing one is a defect. */
export function pageElement(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element #${id}.`);
  return found;
}

function complete<Built extends Element>(
  built: Built,
  attributes: Attributes,
  children: readonly Child[],
): Built {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) built.setAttribute(name, value === true ? '' : String(value));
  }
  built.append(...children);
  return built;
}
