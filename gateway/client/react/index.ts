/** React: `<AfterclickProvider client={…}>`, and below it `useList({ slot: 'home' })` and `useAfterclick().track(…)`. */
export { AfterclickProvider, useAfterclick } from './afterclick-provider.js';
export { useList } from './use-list.js';
