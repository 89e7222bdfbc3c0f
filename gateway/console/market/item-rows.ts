import { button, element } from '../elements/element.js';
import { paperOf, picture } from '../pictures/picture.js';
import type { Item } from './market-answer.js';
import { nameOf } from './thing-name.js';

/** Items as buttons with their pictures; `note` is the small line under a name. */
export function itemRows(
  items: readonly { readonly item: Item; readonly note: string }[],
  key: string,
  open: (item: Item) => void,
): HTMLElement {
  return element(
    'ul',
    { class: 'item-rows' },
    ...items.map(({ item, note }) => {
      const { id, title } = item;
      const depicted = { id, ...(title !== undefined && { title }) };
      const holder = element('span', { class: 'thumbnail', 'aria-hidden': 'true' }, picture(depicted));
      holder.style.background = paperOf(depicted);
      return element(
        'li',
        {},
        button(
          nameOf(item),
          { class: 'item-row', 'data-key': `${key}-${id}` },
          () => open(item),
          holder,
          element('span', {}, element('b', {}, nameOf(item)), element('small', {}, note)),
        ),
      );
    }),
  );
}
